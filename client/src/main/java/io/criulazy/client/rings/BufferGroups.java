package io.criulazy.client.rings;

import io.criulazy.client.trace.Scratch;
import io.criulazy.client.trace.TracedThread;
import java.io.IOException;
import java.time.Duration;
import java.util.HexFormat;

/**
 * Asks a ring for each of the 65,536 groups of provided buffers that it can have: a loop of x86-64
 * code that a thread which may use the ring runs for us.
 *
 * <pre>
 * struct io_uring_buf_status { u32 buf_group, head, resv[8]; };
 * </pre>
 */
final class BufferGroups {
  private static final int GROUPS = 1 << 16;
  private static final int STATUS_BYTES = 40;
  private static final Duration LIMIT = Duration.ofSeconds(10);

  /**
   * {@code int f(int fd, struct io_uring_buf_status *status)}: the first group of which the kernel
   * says anything but -ENOENT, or 65,536.
   *
   * <pre>
   *       mov r13,rdi; mov rbx,rsi; xor ebp,ebp
   * next: mov [rbx],ebp
   *       mov edi,r13d; mov esi,26; mov rdx,rbx; mov r10d,1; mov eax,427; syscall
   *       cmp eax,-2; jne end
   *       inc ebp; cmp ebp,65536; jb next
   * end:  mov eax,ebp; int3
   * </pre>
   */
  private static final byte[] LOOP =
      HexFormat.of()
          .parseHex(
              "4989fd4889f331ed892b4489efbe1a0000004889da41ba01000000b8ab0100000f0583f8fe750affc5"
                  + "81fd0000010072d789e8cc");

  private BufferGroups() {}

  /** The first group that there is, or -1. Changes nothing. */
  static int first(TracedThread thread, int fd) throws IOException {
    try (Scratch code = Scratch.withCode(thread, LOOP);
        Scratch status = Scratch.allocate(thread, STATUS_BYTES)) {
      long group = thread.runStub(LIMIT, code.address(), status.end(), fd, status.address());
      return group >= GROUPS ? -1 : (int) group;
    }
  }
}
