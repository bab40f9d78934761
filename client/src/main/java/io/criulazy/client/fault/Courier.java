package io.criulazy.client.fault;

import io.criulazy.client.source.PageSpan;
import io.criulazy.client.sys.Errno;
import io.criulazy.client.sys.PageSize;
import io.criulazy.client.sys.Uffd;
import java.util.function.LongBinaryOperator;

/**
 * One of the two threads that bring pages into a process, with what each has for itself: the
 * argument block of its copies, and the copy that it has under way. It carries out a copy outside
 * of the {@link CopyGate}; everything else here is guarded by the gate.
 *
 * <p>The two never copy the same page at once: whoever were the second could find that the source
 * has given up the bytes of a page that is in place.
 */
final class Courier {
  private final Uffd uffd;
  private final PageSpan span = new PageSpan();
  private final LongBinaryOperator copy;
  private final LongBinaryOperator poison;
  private final Runnable leave;
  private final Runnable enter;
  private long start;
  private long end;

  private Courier(Uffd uffd, Runnable leave, Runnable enter) {
    this.uffd = uffd;
    this.copy = (address, bytes) -> uffd.copy(address, span.address(), bytes);
    this.poison = uffd::poison;
    this.leave = leave;
    this.enter = enter;
  }

  /** The fault loop. */
  static Courier urgent(Uffd uffd, CopyGate gate) {
    return new Courier(uffd, gate::leave, gate::enterToSettle);
  }

  /** The filler. */
  static Courier background(Uffd uffd, CopyGate gate) {
    return new Courier(uffd.forAnotherThread(), gate::beginBackgroundCopy, gate::endBackgroundCopy);
  }

  /** Where the bytes of its next copy are. */
  PageSpan span() {
    return span;
  }

  /**
   * Copies from its span into the process. Inside the gate at call and at return, not between.
   *
   * @return as {@link Uffd#copy}
   */
  long copy(long address, long maxBytes) {
    start = address;
    end = address + maxBytes;
    leave.run();
    try {
      return withinMapping(copy, address, maxBytes);
    } finally {
      enter.run();
      end = start;
    }
  }

  /** Makes pages unusable; stays inside the gate. Result as {@link Uffd#poison}. */
  long poison(long address, long maxBytes) {
    return withinMapping(poison, address, maxBytes);
  }

  /**
   * The kernel takes no range over a border of mappings, and the process may have made one.
   *
   * <p>That there is no mapping for a single page is believed only if the kernel says it twice. A
   * change may have begun while it copied; Linux 6.18 then looks for the mapping first (6.6 did
   * not), finds that it has moved away, and doesn't get to telling that a change is under way. A
   * call that begins after the change tells, for as long as nobody has read the message.
   */
  private static long withinMapping(LongBinaryOperator call, long address, long maxBytes) {
    long bytes = maxBytes;
    long result = call.applyAsLong(address, bytes);
    while (result == -Errno.ENOENT && bytes > PageSize.BYTES) {
      bytes = PageSize.floor(bytes / 2);
      result = call.applyAsLong(address, bytes);
    }
    return result == -Errno.ENOENT ? call.applyAsLong(address, bytes) : result;
  }

  /** Gives a page of zeros; stays inside the gate. Result as {@link Uffd#zero}. */
  long zero(long page) {
    return uffd.zero(page, PageSize.BYTES);
  }

  /** Lets the threads that wait for a page try again. */
  void wake(long page) {
    uffd.wake(page, PageSize.BYTES);
  }

  /** Whether the process has exited. */
  boolean isProcessGone() {
    return uffd.isProcessGone();
  }

  /** Whether it copies just now. */
  boolean isUnderWay() {
    return start < end;
  }

  /** The first address from {@code address} on that its copy under way doesn't touch. */
  long firstOutside(long address) {
    return start <= address && address < end ? end : address;
  }

  /** How many of {@code maxBytes} from {@code address} on its copy under way doesn't touch. */
  long bytesOutside(long address, long maxBytes) {
    return address < start && start < end ? Math.min(maxBytes, start - address) : maxBytes;
  }
}
