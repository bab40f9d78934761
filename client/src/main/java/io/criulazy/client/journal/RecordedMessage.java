package io.criulazy.client.journal;

import io.criulazy.client.sys.PageSize;
import io.criulazy.client.sys.UffdMessages;

/**
 * A message as a journal has it; what can't have been written by the kernel or by us is damage.
 *
 * @param event as in {@link UffdMessages}
 * @param a the message's first argument word, and so on
 */
record RecordedMessage(int event, long a, long b, long c) {
  private static final long END_OF_USER_MEMORY = 1L << 56;

  /** Whether it can be what it seems to be. */
  boolean isPossible() {
    return switch (event) {
      case UffdMessages.PAGEFAULT -> true;
      case UffdMessages.FORK -> a >= 0 && a <= Integer.MAX_VALUE;
      case UffdMessages.REMAP -> isRange(a, c) && isRange(b, c);
      case UffdMessages.REMOVE, UffdMessages.UNMAP -> isRange(a, b - a);
      default -> false;
    };
  }

  private static boolean isRange(long start, long bytes) {
    return isPage(start)
        && isPage(bytes)
        && start >= 0
        && bytes > 0
        && start < END_OF_USER_MEMORY
        && bytes <= END_OF_USER_MEMORY - start;
  }

  private static boolean isPage(long number) {
    return PageSize.floor(number) == number;
  }
}
