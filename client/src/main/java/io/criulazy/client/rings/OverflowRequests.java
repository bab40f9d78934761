package io.criulazy.client.rings;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * Requests that have completed where the completion queue had no room: the submission queue is
 * ahead of the other one by them. They can be made again as requests that do nothing, with the
 * results that the old ones had.
 */
final class OverflowRequests {
  static final int USER_DATA = 0;
  static final int RESULT = 8;
  static final int FLAGS = 12;

  private OverflowRequests() {}

  static ByteBuffer fields(byte[] completion) {
    return ByteBuffer.wrap(completion).order(ByteOrder.nativeOrder());
  }

  /**
   * How many of the oldest can be made again: those without flags.
   *
   * @param ahead so far the submission queue is ahead; may be negative
   */
  static int count(long ahead, List<byte[]> overflow) {
    int count = 0;
    while (count < ahead
        && count < overflow.size()
        && fields(overflow.get(count)).getInt(FLAGS) == 0) {
      count++;
    }
    return count;
  }
}
