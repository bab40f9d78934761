package io.criulazy.client.session;

import io.criulazy.client.fault.FaultStatistics;
import io.criulazy.client.source.RemotePages;
import io.criulazy.client.source.SourceStatistics;
import io.criulazy.client.sys.FileDescriptor;
import io.criulazy.daemon.store.ImageIdentity;
import io.criulazy.daemon.store.ImageSet;
import io.criulazy.daemon.store.ImageStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What {@code criu-lazy lazy-pages} does: serves one restore of one image directory and ends.
 *
 * <p>SIGTERM ends it at once while no restore has come. Later it is waited out: ending would close
 * the userfaultfds, and the process would go on with zeros.
 */
public final class LazyPages {
  private static final Logger LOG = LoggerFactory.getLogger(LazyPages.class);

  /** The name of the socket in the work directory; criu's. */
  static final Path SOCKET = Path.of("lazy-pages.socket");

  private final LazyRestoreOptions options;

  public LazyPages(LazyRestoreOptions options) {
    this.options = options;
  }

  /**
   * Serves a restore to its end. The calling thread becomes the fault loop's.
   *
   * @return whether the tree was restored and got all of its memory
   * @throws IOException if it can't begin: no such images, no userfaultfd, no socket
   */
  public boolean run() throws IOException {
    LOG.debug("limit of open files: {}", FileDescriptor.raiseLimit());
    try (ImageSet images = ImageStore.open(options.imagesDir());
        TaskMemory memory = new TaskMemory(images, remote(images))) {
      WarmUp.run();
      return serve(memory);
    }
  }

  private Optional<RemotePages> remote(ImageSet images) throws IOException {
    if (options.remote().isEmpty()) {
      return Optional.empty();
    }
    RemoteImages where = options.remote().get();
    return Optional.of(
        RemotePages.connect(
            where.servers(),
            where.tls(),
            where.imageSet(),
            ImageIdentity.of(images),
            new SourceStatistics()));
  }

  private boolean serve(TaskMemory memory) throws IOException {
    Path socket = options.workDir().resolve(SOCKET);
    FaultStatistics statistics = new FaultStatistics();
    Termination termination = new Termination();
    try (LazyRestore restore = new LazyRestore(socket, memory, statistics)) {
      Exposition exposition = Exposition.start(options, restore, statistics);
      try {
        termination.ask(restore::requestEnd);
        restore.listen();
        options.onReady().ready();
        return restore.run();
      } finally {
        exposition.end();
      }
    } finally {
      termination.done();
    }
  }
}
