package io.criulazy.client.trace;

import io.criulazy.client.sys.ForeignMemory;
import io.criulazy.client.sys.NativeBuffer;
import io.criulazy.client.sys.Ptrace;
import io.criulazy.client.sys.SysException;

/**
 * rseq(2): code that the kernel sends to an abort handler when the thread was interrupted in it.
 *
 * <pre>
 * struct rseq { u32 cpu_id_start, cpu_id; u64 rseq_cs; ... };
 * struct rseq_cs { u32 version, flags; u64 start_ip, post_commit_offset, abort_ip; };
 * </pre>
 *
 * The kernel looks at where the thread returns to. When a thread makes an injected call it finds an
 * address outside and forgets the sequence, so the abort is carried out here.
 */
final class RestartableSequence {
  private static final int CONFIGURATION_BYTES = 24;
  private static final int CURRENT_SEQUENCE = 8;
  private static final int START = 8;
  private static final int LENGTH = 16;
  private static final int ABORT = 24;

  private RestartableSequence() {}

  /** The registers with which a stopped thread goes on, aborted if it was in a sequence. */
  static Registers leave(ForeignMemory memory, int tid, Registers registers) throws SysException {
    NativeBuffer configuration = new NativeBuffer(CONFIGURATION_BYTES);
    long area = Ptrace.rseqConfiguration(tid, configuration) < 0 ? 0 : configuration.getLong(0);
    long sequence = area == 0 ? 0 : memory.readLong(area + CURRENT_SEQUENCE);
    if (sequence == 0) {
      return registers;
    }
    Architecture architecture = Architecture.current();
    long inside = architecture.instructionPointer(registers) - memory.readLong(sequence + START);
    return Long.compareUnsigned(inside, memory.readLong(sequence + LENGTH)) < 0
        ? architecture.withInstructionPointer(registers, memory.readLong(sequence + ABORT))
        : registers;
  }
}
