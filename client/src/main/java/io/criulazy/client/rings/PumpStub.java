package io.criulazy.client.rings;

import io.criulazy.client.sys.SysException;
import io.criulazy.client.trace.Scratch;
import io.criulazy.client.trace.TracedThread;
import io.criulazy.proto.image.rings.IoUringRing;
import java.io.IOException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.OptionalLong;

/**
 * Makes requests that do nothing, by the million: a loop of x86-64 code that the ring's owner runs
 * for us. Its submission entries are all zero, which is a NOP, and all room in the completion queue
 * is free.
 */
final class PumpStub {
  /**
   * {@code long f(int fd, char *rings, int batch, long batches)}: 0, or a negative error number.
   *
   * <pre>
   *       mov r12,rcx; mov rbx,rsi; mov ebp,edx; mov r13,rdi
   * next: test r12,r12; jz done
   *       mov eax,[rbx+4]; add eax,ebp; mov [rbx+4],eax             // sq.tail
   *       mov edi,r13d; mov esi,ebp; xor edx,edx; xor r10d,r10d; xor r8d,r8d; xor r9d,r9d
   *       mov eax,426; syscall                                      // io_uring_enter
   *       cmp eax,ebp; jne few
   *       mov eax,[rbx+12]; mov [rbx+8],eax                         // cq.head = cq.tail
   *       dec r12; jmp next
   * done: xor eax,eax; int3
   * few:  movsxd rax,eax; test rax,rax; js end; mov rax,-11
   * end:  int3
   * </pre>
   */
  private static final byte[] LOOP =
      HexFormat.of()
          .parseHex(
              "4989cc4889f389d54989fd4d85e4742e8b430401e88943044489ef89ee31d24531d24531c04531c9b8aa0100"
                  + "000f0539e8750e8b430c89430849ffccebcd31c0cc4863c04885c0780748c7c0f5ffffffcc");

  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final long MOST_BATCHES = 100_000;
  private static final int STACK_BYTES = 4096;

  private PumpStub() {}

  /** Where the owner sees the positions of both queues. */
  static OptionalLong mappedRings(IoUringRing ring) {
    return ring.mappings().stream()
        .filter(mapping -> mapping.offset() == Uring.OFFSET_RINGS && mapping.prot() == 3)
        .mapToLong(IoUringRing.Mapping::start)
        .findFirst();
  }

  /**
   * Makes requests and takes their completions out.
   *
   * @param rings where the owner sees the queues' positions
   * @param batch so many at once
   */
  static void run(TracedThread owner, int fd, long rings, int batch, long batches)
      throws IOException {
    try (Scratch code = Scratch.withCode(owner, LOOP);
        Scratch stack = Scratch.allocate(owner, STACK_BYTES)) {
      for (long left = batches; left > 0; left -= MOST_BATCHES) {
        long result =
            owner.runStub(
                LIMIT, code.address(), stack.end(), fd, rings, batch, Math.min(left, MOST_BATCHES));
        SysException.check("io_uring_enter", "fd " + fd + " of " + owner, result);
      }
    }
  }
}
