package io.criulazy.client.source;

/** A connection whose answers an {@link AnswerLoop} reads. All calls are made by its thread. */
public interface AnswerReader {
  /** The descriptor to watch; valid until {@link #forgotten}. */
  int fd();

  /**
   * Reads what has come. Must not wait.
   *
   * @return false if there is nothing more to be watched
   */
  boolean ready();

  /** The descriptor is watched no more. */
  void forgotten();
}
