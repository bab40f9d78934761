package io.criulazy.client.restore;

import io.criulazy.client.restore.files.HuskCalls;
import io.criulazy.client.sys.PageSize;
import io.criulazy.client.sys.SysException;
import io.criulazy.client.trace.TracedThread;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A thread of a husk, and a region of its memory that belongs to us: there lies the instruction
 * that enters the kernel, and what calls point to.
 *
 * <pre>
 * region: | code, 1 page | arguments, 32 pages | parked vdso and vvar |
 * </pre>
 */
final class Workshop implements HuskCalls {
  static final long PAGE_BYTES = PageSize.BYTES;
  static final long ARGUMENT_BYTES = 32 * PAGE_BYTES;
  static final long PARKING_BYTES = 32 * PAGE_BYTES;
  static final long REGION_BYTES = PAGE_BYTES + ARGUMENT_BYTES + PARKING_BYTES;
  private static final int ALIGNMENT = 64;

  private final TracedThread thread;
  private final long region;
  private long used;

  /**
   * @param region where the region begins in the thread's process
   */
  Workshop(TracedThread thread, long region) {
    this.thread = thread;
    this.region = region;
  }

  TracedThread thread() {
    return thread;
  }

  @Override
  public int pid() {
    return thread.process().pid();
  }

  long region() {
    return region;
  }

  long parking() {
    return region + PAGE_BYTES + ARGUMENT_BYTES;
  }

  /** Puts bytes into the region and returns their address; they are gone after the next call. */
  @Override
  public long put(byte[] bytes) throws IOException {
    if (used + bytes.length > ARGUMENT_BYTES) {
      throw new IOException("arguments of " + bytes.length + " bytes don't fit");
    }
    long address = region + PAGE_BYTES + used;
    thread.process().memory().write(address, bytes);
    used += (bytes.length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    return address;
  }

  /** The same for a string of the file system, with its end. */
  long put(String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return put(Arrays.copyOf(bytes, bytes.length + 1));
  }

  @Override
  public byte[] read(long address, int lengthBytes) throws IOException {
    return thread.process().memory().read(address, lengthBytes);
  }

  /** Makes a call. The result may be a negative error number. */
  @Override
  public long call(long number, long... arguments) throws IOException {
    used = 0;
    return thread.call(number, arguments);
  }

  /**
   * Makes a call that has to succeed.
   *
   * @param what the call and what it is for
   */
  long must(String what, long number, long... arguments) throws IOException {
    return SysException.check(what, "the new " + thread, call(number, arguments));
  }
}
