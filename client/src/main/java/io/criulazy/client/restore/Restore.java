package io.criulazy.client.restore;

import io.criulazy.client.engine.EndHold;
import io.criulazy.client.engine.EngineChoice;
import io.criulazy.client.engine.EngineChoice.Chosen;
import io.criulazy.client.rings.TreeRings;
import io.criulazy.client.sys.ChildProcess;
import io.criulazy.client.trace.Tracer;
import io.criulazy.proto.image.ImageDirectory;
import io.criulazy.proto.image.ImageTask;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A whole restore: what {@code criu-lazy restore} does until the tree runs. */
public final class Restore {
  private static final Logger LOG = LoggerFactory.getLogger(Restore.class);
  private static final int INIT = 1;

  private final EngineChoice choice;
  private final List<RestoreEngine> engines;

  /**
   * @param engines in the order in which they are preferred
   */
  public Restore(EngineChoice choice, List<RestoreEngine> engines) {
    this.choice = choice;
    this.engines = List.copyOf(engines);
  }

  /**
   * Restores. From the first call for itself on, unless detached, this process adopts orphans: the
   * root of the tree becomes its child.
   *
   * @param serving gives it its memory if the request is lazy
   * @return the tree that runs
   * @throws IOException if it can't be done: what failed, on what, and what to do. Then nothing of
   *     the tree is left
   */
  public RestoreResult run(RestoreRequest request, PageServing serving) throws IOException {
    List<ImageTask> tasks = ImageDirectory.open(request.imagesDir()).tasks();
    requirePidsFree(tasks);
    Chosen<RestoreEngine> chosen = choice.choose(engines, request);
    LOG.info("engine {}: {}", chosen.engine().name(), chosen.reason());
    EndHold hold = new EndHold(() -> LOG.warn("asked to end: the restore ends first"));
    try {
      if (request.caller().adopts()) {
        ChildProcess.adoptOrphans();
      }
      int pid = restore(chosen.engine(), request, serving);
      long startNs = System.nanoTime();
      int rings = putBackRings(request, tasks);
      long ringNs = System.nanoTime() - startNs;
      return new RestoreResult(
          request, pid, chosen.engine().name(), chosen.reason(), rings, ringNs);
    } catch (IOException | RuntimeException e) {
      Remains.reap(tasks);
      throw e;
    } finally {
      hold.close();
    }
  }

  private static int restore(RestoreEngine engine, RestoreRequest request, PageServing serving)
      throws IOException {
    if (!request.lazy()) {
      return engine.restore(request);
    }
    serving.begin();
    try {
      return engine.restore(request);
    } catch (IOException | RuntimeException e) {
      serving.giveUp();
      throw e;
    }
  }

  /** Those processes that had rings have not run yet. */
  private static int putBackRings(RestoreRequest request, List<ImageTask> tasks)
      throws IOException {
    try (Tracer tracer = Tracer.start()) {
      List<Integer> pids = tasks.stream().map(ImageTask::pid).toList();
      return TreeRings.restore(tracer, pids, request.imagesDir());
    } catch (IOException | RuntimeException e) {
      tasks.forEach(task -> ChildProcess.kill(task.pid()));
      throw e;
    }
  }

  /** criu finds that out late, and says "File exists". */
  private static void requirePidsFree(List<ImageTask> tasks) throws IOException {
    if (tasks.stream().anyMatch(task -> task.pid() == INIT)) {
      return; // a pid namespace of its own
    }
    for (ImageTask task : tasks) {
      if (Files.exists(Path.of("/proc", Integer.toString(task.pid())))) {
        throw new IOException(
            ("cannot restore process %d (%s): that pid is in use. End it; if it is a zombie, its"
                    + " parent has to reap it")
                .formatted(task.pid(), task.comm()));
      }
    }
  }
}
