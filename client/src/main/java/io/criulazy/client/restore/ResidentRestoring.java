package io.criulazy.client.restore;

import io.criulazy.client.engine.EngineChoice;
import io.criulazy.client.fault.LostPagePolicy;
import io.criulazy.client.session.ResidentRestore;
import io.criulazy.client.session.RestoreConflictException;
import io.criulazy.client.session.Restores;
import io.criulazy.client.source.RemoteImages;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whole lazy restores by a resident daemon: the native engine makes the processes, and the daemon
 * serves their memory as that of any other restore. Thread-safe.
 */
public final class ResidentRestoring {
  private static final Logger LOG = LoggerFactory.getLogger(ResidentRestoring.class);
  private static final int VERBOSITY = 2;

  private final Restores restores;

  public ResidentRestoring(Restores restores) {
    this.restores = restores;
  }

  /** The pages of one of them, prepared when the engine has found nothing to refuse. */
  private final class Pages implements PageServing {
    private final Path imagesDir;
    private final Path workDir;
    private final LostPagePolicy onLostPage;
    private final Optional<RemoteImages> remote;
    private ResidentRestore prepared;

    Pages(Path imagesDir, Path workDir, LostPagePolicy onLostPage, Optional<RemoteImages> remote) {
      this.remote = remote;
      this.imagesDir = imagesDir;
      this.workDir = workDir;
      this.onLostPage = onLostPage;
    }

    @Override
    public void begin() throws IOException {
      prepared = restores.prepare(imagesDir, workDir, onLostPage, remote);
    }

    @Override
    public void giveUp() {
      try {
        restores.cancel(prepared);
      } catch (RestoreConflictException e) {
        LOG.debug("it ends by itself: {}", e.getMessage()); // tasks of it had come
      }
    }
  }

  /**
   * Restores a tree; it runs when this returns.
   *
   * @param imagesDir absolute
   * @param workDir absolute
   * @param onLostPage what becomes of a process whose pages can't be had
   * @param remote where the pages are if they are not in {@code imagesDir}
   * @param options of criu's, those that the native engine knows
   * @throws io.criulazy.client.engine.EngineRefusalException naming all that it does not cover
   * @throws RestoreConflictException if a restore is prepared there already, or the daemon is about
   *     to end
   * @throws IOException if it fails; nothing of the tree is left then
   */
  public ResidentRestore run(
      Path imagesDir,
      Path workDir,
      LostPagePolicy onLostPage,
      Optional<RemoteImages> remote,
      List<String> options,
      Caller caller)
      throws IOException {
    Pages pages = new Pages(imagesDir, workDir, onLostPage, remote);
    RestoreRequest request =
        new RestoreRequest(
            imagesDir, workDir, true, workDir.resolve("restore.log"), VERBOSITY, options, caller);
    RestoreResult result =
        new Restore(EngineChoice.NATIVE, List.of(new NativeRestore())).run(request, pages);
    pages.prepared.restoredAs(result.pid(), result.ringProcesses());
    return pages.prepared;
  }
}
