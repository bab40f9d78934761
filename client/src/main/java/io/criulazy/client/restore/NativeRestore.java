package io.criulazy.client.restore;

import io.criulazy.client.restore.files.OpenFiles;
import io.criulazy.client.trace.TracedProcess;
import io.criulazy.client.trace.Tracer;
import io.criulazy.client.trace.XsaveLayout;
import io.criulazy.daemon.store.ImageSet;
import io.criulazy.daemon.store.ImageStore;
import io.criulazy.proto.image.tree.TimeOffsets;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Restores without criu: each task is made with its recorded pid as an empty, stopped husk, and
 * rebuilt by system calls that it makes for us.
 */
public final class NativeRestore implements RestoreEngine {
  /** Of {@link #name}. */
  public static final String NAME = "native";

  private static final Logger LOG = LoggerFactory.getLogger(NativeRestore.class);
  private static final String SOCKET = "lazy-pages.socket";

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public List<String> refusals(RestoreRequest request) {
    try (ImageSet images = ImageStore.open(request.imagesDir())) {
      return new Coverage(SavedTree.read(images), NativeOptions.of(request)).refusals();
    } catch (IOException e) {
      // Another engine may do without what is missing here: pages that come from elsewhere.
      return List.of(e.getMessage());
    }
  }

  @Override
  public int restore(RestoreRequest request) throws IOException {
    try (ImageSet images = ImageStore.open(request.imagesDir());
        Tracer tracer = Tracer.start()) {
      SavedTree tree = SavedTree.read(images);
      return tracer.run(() -> restore(request, tree, tracer));
    }
  }

  private static int restore(RestoreRequest request, SavedTree tree, Tracer tracer)
      throws IOException {
    long startNs = System.nanoTime();
    List<TaskRestore> tasks = new ArrayList<>();
    SysvSegments segments = new SysvSegments(tree);
    Caller caller = request.caller();
    try (Factory factory = Factory.start(tracer, tree, segments, caller.startHusk());
        OpenFiles files = OpenFiles.plan(tree.images(), NativeOptions.of(request).inheritance());
        UffdHandover handover = request.lazy() ? connect(request) : null) {
      XsaveLayout layout = XsaveLayout.of(factory.workshop().thread());
      makeHusks(tree, tracer, factory, caller.detached() ? 0 : Cloning.PARENT, tasks);
      setGroups(tasks, NativeOptions.of(request).shellJob());
      files.restore(tasks.stream().map(TaskRestore::workshop).toList());
      for (TaskRestore task : tasks) {
        task.restoreMemory(request.lazy(), files);
        if (handover != null) {
          task.handOver(handover);
        }
      }
      factory.end(); // before a signal is set that a root gets when its parent ends
      for (TaskRestore task : tasks) {
        task.restoreState();
        task.restoreThreads();
      }
      files.finish();
      for (TaskRestore task : tasks) {
        task.finish(layout);
      }
      if (handover != null) {
        handover.restored();
      }
      for (TaskRestore task : tasks) {
        task.release();
      }
    } catch (IOException | RuntimeException e) {
      kill(tasks, e);
      segments.removeAfter(e);
      throw e;
    }
    LOG.info(
        "{}: {} tasks restored in {} ms",
        request.imagesDir(),
        tasks.size(),
        (System.nanoTime() - startNs) / 1_000_000);
    return tree.root().pid();
  }

  private static UffdHandover connect(RestoreRequest request) throws IOException {
    return UffdHandover.connect(request.workDir().resolve(SOCKET));
  }

  private static void makeHusks(
      SavedTree tree, Tracer tracer, Factory factory, long rootFlags, List<TaskRestore> tasks)
      throws IOException {
    Optional<TimeOffsets> clocks = tree.records().timeOffsets();
    if (clocks.isPresent()) {
      TimeNamespace.enter(factory.workshop(), clocks.get());
    }
    Map<Integer, TaskRestore> byPid = new HashMap<>();
    for (SavedTask saved : tree.tasks()) {
      TaskRestore parent = byPid.get(saved.task().ppid());
      int pid =
          parent == null
              ? Cloning.process(
                  factory.workshop(), saved.pid(), rootFlags | Cloning.CLEAR_SIGNAL_ACTIONS)
              : Cloning.process(parent.workshop(), saved.pid(), 0);
      TracedProcess process = tracer.adopt(pid);
      TaskRestore task = new TaskRestore(factory, tree, saved, process);
      tasks.add(task);
      byPid.put(saved.pid(), task);
      task.state().setSession();
    }
  }

  /**
   * Leaders first. A shell's job is the caller's: it stays in his group, which has the terminal.
   */
  private static void setGroups(List<TaskRestore> tasks, boolean shellJob) throws IOException {
    SavedTask root = tasks.get(0).task();
    boolean job = shellJob && root.task().sid() != root.pid();
    for (boolean leaders : new boolean[] {true, false}) {
      for (TaskRestore task : tasks) {
        boolean stays = job && task.task().task().pgid() == root.task().pgid();
        if (task.state().leadsGroup() == leaders && !stays) {
          task.state().setGroup();
        }
      }
    }
  }

  private static void kill(List<TaskRestore> tasks, Exception failure) {
    for (TaskRestore task : tasks) {
      try {
        task.process().kill();
      } catch (IOException e) {
        failure.addSuppressed(e);
      }
    }
  }
}
