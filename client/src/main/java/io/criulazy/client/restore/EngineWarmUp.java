package io.criulazy.client.restore;

import io.criulazy.client.sys.SyscallNumbers;
import io.criulazy.client.trace.Tracer;
import io.criulazy.client.trace.XsaveLayout;
import io.criulazy.daemon.store.ImageSet;
import io.criulazy.daemon.store.ImageStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the native engine as far as it leaves nothing: reads images, and begins with a process. So
 * the first restore of a daemon does not wait for classes.
 */
public final class EngineWarmUp {
  private static final Logger LOG = LoggerFactory.getLogger(EngineWarmUp.class);

  private EngineWarmUp() {}

  /**
   * Runs it. That it can't is told, and no error: who may not trace can still serve pages.
   *
   * @param imagesDir of any process; its memory need not be there
   */
  public static void run(Path imagesDir) {
    Caller caller = Caller.self(true);
    RestoreRequest request =
        new RestoreRequest(
            imagesDir, imagesDir, true, imagesDir.resolve("log"), 0, List.of(), caller);
    try (ImageSet images = ImageStore.open(imagesDir);
        Tracer tracer = Tracer.start()) {
      SavedTree tree = SavedTree.read(images);
      List<String> refusals = new Coverage(tree, NativeOptions.of(request)).refusals();
      tracer.run(() -> begin(tree, tracer, caller));
      LOG.debug("the native engine is warm; of its images it said {}", refusals);
    } catch (IOException e) {
      LOG.debug("the native engine can't be warmed up: {}", e.getMessage());
    }
  }

  private static XsaveLayout begin(SavedTree tree, Tracer tracer, Caller caller)
      throws IOException {
    try (Factory factory =
        Factory.start(tracer, tree, new SysvSegments(tree), caller.startHusk())) {
      Workshop workshop = factory.workshop();
      for (int i = 0; i < 2; i++) {
        workshop.later("umask", SyscallNumbers.UMASK, 0);
      }
      workshop.flush();
      return XsaveLayout.of(workshop.thread());
    }
  }
}
