package io.criulazy.client.trace;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A process and all its descendants, stopped, until {@link #close} lets them go on. */
public final class TracedTree implements AutoCloseable {
  private final Tracer tracer;
  private final Map<Integer, TracedProcess> processes = new LinkedHashMap<>();
  private final Map<Integer, Integer> parents = new LinkedHashMap<>();
  private final List<Integer> zombies = new ArrayList<>();

  private TracedTree(Tracer tracer) {
    this.tracer = tracer;
  }

  static TracedTree seize(Tracer tracer, int rootPid) throws IOException {
    TracedTree tree = new TracedTree(tracer);
    try {
      tree.seizeWithChildren(rootPid, 0);
      return tree;
    } catch (IOException | RuntimeException e) {
      Failures.alsoClose(tree, e);
      throw e;
    }
  }

  /** A stopped process makes no more children; those of one that ends come to a stopped one. */
  private void seizeWithChildren(int pid, int parentPid) throws IOException {
    parents.put(pid, parentPid);
    if (parentPid != 0 && ProcTasks.isZombie(pid)) {
      zombies.add(pid);
      return;
    }
    TracedProcess process = tracer.seize(pid);
    processes.put(pid, process);
    for (TracedThread thread : process.threads()) {
      for (int child : ProcTasks.children(pid, thread.tid())) {
        seizeChild(child, pid);
      }
    }
  }

  private void seizeChild(int child, int parentPid) throws IOException {
    try {
      seizeWithChildren(child, parentPid);
    } catch (TraceException e) {
      if (!ProcTasks.isZombie(child)) {
        throw e;
      }
      zombies.add(child);
    }
  }

  /** All of them, parents before their children. */
  public List<TracedProcess> processes() {
    return List.copyOf(processes.values());
  }

  /** The root of the tree. */
  public TracedProcess root() {
    return processes.values().iterator().next();
  }

  /** The parent of a process or zombie of the tree; 0 for the root. */
  public int parentOf(int pid) {
    return parents.get(pid);
  }

  /** Descendants that have ended and wait for their parents. */
  public List<Integer> zombies() {
    return List.copyOf(zombies);
  }

  /** Lets all of them go on as they were. */
  @Override
  public void close() throws IOException {
    IOException failure = null;
    for (TracedProcess process : processes.values()) {
      try {
        process.close();
      } catch (IOException e) {
        failure = Failures.join(failure, e);
      }
    }
    processes.clear();
    if (failure != null) {
      throw failure;
    }
  }
}
