package io.criulazy.proto.image;

import java.util.List;

/**
 * A task of the dumped tree, from {@code pstree.img} and its {@code core-PID.img}. Ids are those of
 * the task's own pid namespace, as in the names of its images.
 *
 * @param pid 1 to 2^22
 * @param ppid its parent's pid; 0 for the root of the tree
 * @param pgid process group
 * @param sid session
 * @param threads ids of all threads, the leader's own included; empty for a dead task
 * @param state what it was doing
 * @param comm its name, at most 15 bytes
 */
public record ImageTask(
    int pid, int ppid, int pgid, int sid, List<Integer> threads, TaskState state, String comm) {
  /** Keeps a copy of the threads. */
  public ImageTask {
    threads = List.copyOf(threads);
  }
}
