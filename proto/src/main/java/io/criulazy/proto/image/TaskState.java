package io.criulazy.proto.image;

/** What a task was doing when it was dumped: {@code task_state} of {@link TaskCoreEntry}. */
public enum TaskState {
  /** Ran, or slept. */
  ALIVE(1),
  /** A zombie: has an exit code and no memory. */
  DEAD(2),
  /** Was stopped by a signal, and comes up stopped. */
  STOPPED(3),
  /** A zombie too. */
  ZOMBIE(6);

  private final int number;

  TaskState(int number) {
    this.number = number;
  }

  /** Whether such a task has an address space, and so mm and pagemap images. */
  public boolean hasMemory() {
    return this == ALIVE || this == STOPPED;
  }

  /** As the image has it. */
  public int number() {
    return number;
  }

  /** The state of that number, or null. */
  static TaskState of(int number) {
    for (TaskState state : values()) {
      if (state.number == number) {
        return state;
      }
    }
    return null;
  }
}
