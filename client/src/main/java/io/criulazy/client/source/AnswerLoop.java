package io.criulazy.client.source;

/**
 * The thread that waits for pages on behalf of restored processes, for sources whose answers it can
 * read itself: what comes is in the process without another thread having to run.
 */
public interface AnswerLoop extends ArrivalListener {
  /** Has the loop's thread read from now on, until the reader says that it is done. Any thread. */
  void watch(AnswerReader reader);
}
