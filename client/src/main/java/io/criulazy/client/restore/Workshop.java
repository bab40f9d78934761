package io.criulazy.client.restore;

import io.criulazy.client.restore.files.HuskCalls;
import io.criulazy.client.sys.PageSize;
import io.criulazy.client.sys.SysException;
import io.criulazy.client.trace.Architecture;
import io.criulazy.client.trace.TracedThread;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A thread of a husk, and a region of its memory that belongs to us: there lies the instruction
 * that enters the kernel, and what calls point to.
 *
 * <pre>
 * region: | code, 1 page | arguments, 32 pages | batch, 4 pages | parked vdso and vvar |
 * code:   | instruction that enters the kernel, 16 bytes | stub of a batch |
 * </pre>
 */
final class Workshop implements HuskCalls {
  static final long PAGE_BYTES = PageSize.BYTES;
  static final long ARGUMENT_BYTES = 32 * PAGE_BYTES;
  private static final long BATCH_BYTES = 4 * PAGE_BYTES;
  static final long PARKING_BYTES = 32 * PAGE_BYTES;
  static final long REGION_BYTES = PAGE_BYTES + ARGUMENT_BYTES + BATCH_BYTES + PARKING_BYTES;
  private static final int STUB_AT = 16;
  private static final int ALIGNMENT = 64;

  private final TracedThread thread;
  private final long region;
  private final CallBatch batch;
  private long used;

  /**
   * @param region where the region begins in the thread's process
   */
  Workshop(TracedThread thread, long region) {
    this.thread = thread;
    this.region = region;
    this.batch =
        new CallBatch(thread, region + STUB_AT, region + PAGE_BYTES + ARGUMENT_BYTES, BATCH_BYTES);
  }

  /** What lies at the start of the region. */
  static byte[] code() {
    byte[] enter = Architecture.current().syscallInstruction();
    byte[] code = Arrays.copyOf(enter, STUB_AT + CallBatch.STUB.length);
    System.arraycopy(CallBatch.STUB, 0, code, STUB_AT, CallBatch.STUB.length);
    return code;
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
    return region + PAGE_BYTES + ARGUMENT_BYTES + BATCH_BYTES;
  }

  /**
   * Puts bytes into the region and returns their address; they are gone after the next call or
   * flush.
   */
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
    flush();
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

  /**
   * Has a call made that has to succeed: at the latest by {@link #flush}, before any other call,
   * and after those that were asked for before it.
   *
   * @param what the call and what it is for
   */
  void later(String what, long number, long... arguments) throws IOException {
    batch.add(what, number, arguments);
    if (batch.isFull() || used > ARGUMENT_BYTES / 2) {
      flush();
    }
  }

  /** Makes the calls that wait. To be called before another thread's workshop is used. */
  void flush() throws IOException {
    if (!batch.isEmpty()) {
      batch.run();
      used = 0;
    }
  }
}
