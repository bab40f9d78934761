package io.criulazy.client.dump;

import io.criulazy.client.engine.EndHold;
import io.criulazy.client.engine.EngineChoice;
import io.criulazy.client.engine.EngineChoice.Chosen;
import io.criulazy.client.rings.RingJournal;
import io.criulazy.client.rings.RingRecovery;
import io.criulazy.client.rings.TreeRings;
import io.criulazy.client.trace.Tracer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A whole dump: what {@code criu-lazy dump} does. */
public final class Dump {
  private static final Logger LOG = LoggerFactory.getLogger(Dump.class);
  private static final String COMPLETE = "inventory.img";

  private final EngineChoice choice;
  private final List<DumpEngine> engines;
  private final TreeRings.Policy policy;

  /**
   * @param engines in the order in which they are preferred
   * @param policy how io_uring instances are taken along
   */
  public Dump(EngineChoice choice, List<DumpEngine> engines, TreeRings.Policy policy) {
    this.choice = choice;
    this.engines = List.copyOf(engines);
    this.policy = policy;
  }

  /**
   * Dumps.
   *
   * @return what was done
   * @throws IOException if there are no complete images: what failed, on what, and what to do. Then
   *     every process is as it was before
   */
  public DumpResult run(DumpRequest request) throws IOException {
    requireProcess(request.pid());
    requireNoImages(request.imagesDir());
    Chosen<DumpEngine> chosen = choice.choose(engines, request);
    LOG.info("engine {}: {}", chosen.engine().name(), chosen.reason());
    EndHold hold = new EndHold(() -> LOG.warn("asked to end: the dump ends first"));
    try {
      return dump(chosen, request);
    } finally {
      hold.close();
    }
  }

  private DumpResult dump(Chosen<DumpEngine> chosen, DumpRequest request) throws IOException {
    try (Tracer tracer = Tracer.start()) {
      long startNs = System.nanoTime();
      TreeRings rings = TreeRings.takeAway(tracer, request.pid(), request.imagesDir(), policy);
      long ringNs = System.nanoTime() - startNs;
      try {
        chosen.engine().dump(request);
      } catch (IOException | RuntimeException e) {
        goOn(rings, request.imagesDir(), e);
        throw e;
      }
      int processes = rings.processes();
      if (request.leaveRunning()) {
        startNs = System.nanoTime();
        rings.putBack();
        ringNs += System.nanoTime() - startNs;
      }
      rings.forget();
      return new DumpResult(request, chosen.engine().name(), chosen.reason(), processes, ringNs);
    }
  }

  /**
   * Lets processes go on from which a dump had taken rings away before it was killed.
   *
   * @param imagesDir of that dump
   * @return what was done, a line a process
   */
  public static List<String> recover(Path imagesDir) throws IOException {
    try (Tracer tracer = Tracer.start()) {
      return RingRecovery.recover(tracer, imagesDir, Files.exists(imagesDir.resolve(COMPLETE)));
    }
  }

  /** After a dump that has failed. */
  private static void goOn(TreeRings rings, Path imagesDir, Exception failure) {
    try {
      rings.putBack();
      rings.deleteImages(imagesDir);
      rings.forget();
    } catch (IOException | RuntimeException e) {
      failure.addSuppressed(e);
      LOG.error("the processes can't go on as they were: {}", e.getMessage());
    }
  }

  private static void requireProcess(int pid) throws IOException {
    if (!Files.isDirectory(Path.of("/proc", Integer.toString(pid)))) {
      throw new IOException(
          "cannot dump process " + pid + ": there is none. Give the pid of a running one with -t");
    }
    for (ProcessHandle own = ProcessHandle.current();
        own != null;
        own = own.parent().orElse(null)) {
      if (own.pid() == pid) {
        throw new IOException(
            "cannot dump process "
                + pid
                + ": this command itself runs below it. Run it from elsewhere");
      }
    }
  }

  /** What is there may be somebody's only images, and does not go with new ones. */
  private static void requireNoImages(Path directory) throws IOException {
    if (new RingJournal(directory).exists()) {
      throw new IOException(
          "cannot dump into "
              + directory
              + ": a dump into it was killed and has left processes without their rings. First run"
              + " criu-lazy dump --recover -D "
              + directory);
    }
    if (Files.exists(directory.resolve(COMPLETE))) {
      throw new IOException(
          "cannot dump into " + directory + ": it has images. Give an empty directory with -D");
    }
  }
}
