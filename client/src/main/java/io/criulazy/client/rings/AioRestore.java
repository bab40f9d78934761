package io.criulazy.client.rings;

import io.criulazy.client.sys.Errno;
import io.criulazy.client.sys.ForeignMemory;
import io.criulazy.client.sys.PageSize;
import io.criulazy.client.sys.SysException;
import io.criulazy.client.sys.SyscallNumbers;
import io.criulazy.client.trace.RemoteCalls;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Makes an AIO context again as it was: at its address, with its positions and the events that
 * nobody has taken out. The kernel's private positions are brought there with writes of one byte to
 * /dev/null, which complete at once. The ring's head follows up to the recorded one and never
 * passes it: put back later, the kernel would overwrite events that nobody has read.
 *
 * <p>The process must not use memory or contexts meanwhile. Nothing else of it changes; a failure
 * leaves no context behind.
 */
public final class AioRestore {
  private static final int PROT_NONE = 0;
  private static final int PROT_READ_WRITE = 3;
  private static final int MAP_PRIVATE_ANONYMOUS = 0x22;
  private static final int MAP_RESERVE = 0x104022; // and NORESERVE, FIXED_NOREPLACE
  private static final int MREMAP_MAYMOVE_FIXED = 3;
  private static final int O_WRONLY = 1;
  private static final int PAGE_BYTES = (int) PageSize.BYTES;

  private static final int CONTEXT = 0;
  private static final int PATH = 16;
  private static final int REQUEST = 64;
  private static final int REQUEST_OPERATION = REQUEST + 16;
  private static final int REQUEST_FD = REQUEST + 20;
  private static final int REQUEST_BUFFER = REQUEST + 24;
  private static final int REQUEST_BYTES = REQUEST + 32;
  private static final int POINTERS = 128;
  private static final short OPERATION_PWRITE = 1;

  private final RemoteCalls calls;
  private final ForeignMemory memory;
  private final AioRing recorded;
  private long scratch;
  private long scratchBytes;
  private long made;
  private long nullFd = -1;

  private AioRestore(RemoteCalls calls, ForeignMemory memory, AioRing recorded) {
    this.calls = calls;
    this.memory = memory;
    this.recorded = recorded;
  }

  /**
   * Makes the context.
   *
   * @param calls of a thread of the process
   * @param memory of the process
   * @param recorded its address is free there
   * @throws IOException if it can't be made as it was: another kernel or number of processors, or
   *     more pending than the kernel takes
   */
  public static void putBack(RemoteCalls calls, ForeignMemory memory, AioRing recorded)
      throws IOException {
    new AioRestore(calls, memory, recorded).putBack();
  }

  private void putBack() throws IOException {
    long length = recorded.content().length;
    long reserved =
        calls.call(SyscallNumbers.MMAP, recorded.address(), length, PROT_NONE, MAP_RESERVE, -1, 0);
    if (reserved != recorded.address()) {
      throw new SysException("mmap", subject(), reserved < 0 ? reserved : -Errno.EEXIST);
    }
    try {
      prepare();
      setUp();
      advance();
      fill();
    } catch (IOException e) {
      if (made != 0) {
        calls.call(SyscallNumbers.IO_DESTROY, made);
      }
      calls.call(SyscallNumbers.MUNMAP, recorded.address(), length);
      throw e;
    } finally {
      cleanUp();
    }
  }

  /**
   * One request that is submitted again and again.
   *
   * <pre>
   * struct iocb { u64 data; u32 key, rw_flags; u16 lio_opcode; s16 reqprio; u32 fildes; u64 buf, nbytes;
   *               s64 offset; u64 reserved; u32 flags, resfd; };
   * </pre>
   */
  private void prepare() throws IOException {
    scratchBytes = POINTERS + (long) recorded.nr() * Long.BYTES;
    scratchBytes = (scratchBytes + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
    scratch =
        check(
            "mmap",
            calls.call(
                SyscallNumbers.MMAP,
                0,
                scratchBytes,
                PROT_READ_WRITE,
                MAP_PRIVATE_ANONYMOUS,
                -1,
                0));
    memory.write(scratch + PATH, "/dev/null\0".getBytes(StandardCharsets.US_ASCII));
    nullFd = check("open", calls.call(SyscallNumbers.OPEN, scratch + PATH, O_WRONLY, 0));
    ByteBuffer layout = ForeignMemory.layout((int) scratchBytes);
    layout.putShort(REQUEST_OPERATION, OPERATION_PWRITE).putInt(REQUEST_FD, (int) nullFd);
    layout.putLong(REQUEST_BUFFER, scratch).putLong(REQUEST_BYTES, 1);
    for (int i = 0; i < recorded.nr(); i++) {
      layout.putLong(POINTERS + i * Long.BYTES, scratch + REQUEST);
    }
    memory.write(scratch, layout.array());
  }

  private void setUp() throws IOException {
    long requests = (recorded.nr() - 2) / 2;
    check("io_setup", calls.call(SyscallNumbers.IO_SETUP, requests, scratch + CONTEXT));
    made = memory.readLong(scratch + CONTEXT);
    int nr = memory.readInt(made + AioRing.NR);
    if (nr != recorded.nr()) {
      throw new IOException(
          "%s has %d places; this kernel makes one of %d: it may have more processors"
              .formatted(subject(), recorded.nr(), nr));
    }
  }

  private void advance() throws IOException {
    int head = recorded.head();
    int tail = recorded.tail();
    long count = tail < head ? (long) recorded.nr() + tail : tail;
    for (long submitted = 0; submitted < count; ) {
      long batch = Math.min(count - submitted, recorded.nr() - 1L);
      long taken = calls.call(SyscallNumbers.IO_SUBMIT, made, batch, scratch + POINTERS);
      if (taken == -Errno.EAGAIN) {
        throw new IOException(subject() + " has more events pending than the kernel takes at once");
      }
      submitted += check("io_submit", taken);
      memory.writeInt(made + AioRing.HEAD, (int) Math.min(submitted, head));
    }
    if (memory.readInt(made + AioRing.TAIL) != tail
        || memory.readInt(made + AioRing.HEAD) != head) {
      throw new IOException(subject() + " did not come to its positions");
    }
  }

  /** The first 32 bytes are the kernel's: its own number for the context is among them. */
  private void fill() throws IOException {
    byte[] content = recorded.content();
    memory.write(
        made + AioRing.HEADER_BYTES,
        Arrays.copyOfRange(content, AioRing.HEADER_BYTES, content.length));
    check(
        "mremap",
        calls.call(
            SyscallNumbers.MREMAP,
            made,
            content.length,
            content.length,
            MREMAP_MAYMOVE_FIXED,
            recorded.address()));
  }

  private void cleanUp() throws IOException {
    if (nullFd >= 0) {
      calls.call(SyscallNumbers.CLOSE, nullFd);
    }
    if (scratch != 0) {
      calls.call(SyscallNumbers.MUNMAP, scratch, scratchBytes);
    }
  }

  private long check(String call, long result) throws SysException {
    return SysException.check(call, subject(), result);
  }

  private String subject() {
    return "the AIO context at 0x" + Long.toHexString(recorded.address());
  }
}
