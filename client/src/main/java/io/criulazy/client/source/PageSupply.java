package io.criulazy.client.source;

import io.criulazy.proto.index.SeekIndex;
import java.io.IOException;

/** Where {@link RemotePages} have their pages from, once the server has said who it is. */
interface PageSupply extends AutoCloseable {
  /**
   * The pages of one task.
   *
   * @throws IOException if the server does not have them
   */
  PageSource source(long pid, SeekIndex index, ArrivalListener arrivals) throws IOException;

  /**
   * Faults may come from now on.
   *
   * @param loop reads what is waited for, where that is possible; or null
   */
  void begin(AnswerLoop loop);

  /** Everything has been delivered: the other side may let go of its pages. */
  void finish();

  /** Ends all threads and connections, and makes what sources have answered void. */
  @Override
  void close();
}
