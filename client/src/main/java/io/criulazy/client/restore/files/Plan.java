package io.criulazy.client.restore.files;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What is to be made, and why it can't be. */
final class Plan {
  private final Set<Integer> tasks;
  private final Set<Integer> remapped;
  private final List<Making> makings = new ArrayList<>();
  private final List<String> refusals = new ArrayList<>();

  /**
   * @param tasks pids of those whose files are made
   * @param remapped ids of files whose path leads to them no more
   */
  Plan(Set<Integer> tasks, Set<Integer> remapped) {
    this.tasks = new HashSet<>(tasks);
    this.remapped = new HashSet<>(remapped);
  }

  void add(Making making) {
    makings.add(making);
  }

  void refuse(OpenFile file, String cause) {
    refusals.add(file.where() + " is " + cause);
  }

  void refuse(String cause) {
    refusals.add(cause);
  }

  boolean isRemapped(int fileId) {
    return remapped.contains(fileId);
  }

  boolean isTask(int pid) {
    return tasks.contains(pid);
  }

  /** Whether digits are the pid of a task whose files are made. */
  boolean isTask(String digits) {
    return digits.length() < 10 && tasks.contains(Integer.parseInt(digits));
  }

  List<Making> makings() {
    return makings;
  }

  List<String> refusals() {
    return refusals;
  }
}
