package io.criulazy.client.dump.task;

import io.criulazy.client.sys.NativeBuffer;
import io.criulazy.client.sys.Ptrace;
import io.criulazy.client.sys.SysException;
import io.criulazy.client.sys.SyscallNumbers;
import io.criulazy.client.trace.TracedThread;
import io.criulazy.proto.image.task.AlternateStack;
import io.criulazy.proto.image.task.SignalAction;
import io.criulazy.proto.image.task.SignalInfo;
import io.criulazy.proto.image.task.SignalQueue;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Signals: what is done on each, what is pending, where handlers run. */
final class Signals {
  private static final int SIGKILL = 9;
  private static final int SIGSTOP = 19;
  private static final int LAST = 64;
  private static final int SET_BYTES = 8;
  private static final int ACTION_BYTES = 32;
  private static final int STACK_BYTES = 24;
  private static final int AT_ONCE = 32;

  private Signals() {}

  /**
   * The actions of a process.
   *
   * <pre>
   * struct { handler u64, sa_flags u64, sa_restorer u64, sa_mask u64 }
   * </pre>
   */
  static List<SignalAction> actions(Asked leader) throws IOException {
    List<SignalAction> actions = new ArrayList<>();
    for (int signal = 1; signal <= LAST; signal++) {
      if (signal == SIGKILL || signal == SIGSTOP) {
        continue;
      }
      leader.call("rt_sigaction", SyscallNumbers.RT_SIGACTION, signal, 0, leader.room(), SET_BYTES);
      ByteBuffer action = leader.answer(ACTION_BYTES);
      actions.add(
          new SignalAction(
              action.getLong(0),
              action.getLong(8),
              action.getLong(16),
              action.getLong(24),
              Optional.of(false),
              OptionalLong.empty()));
    }
    return actions;
  }

  /**
   * What is pending, without taking it.
   *
   * @param shared for the whole process, or else for the thread
   */
  static SignalQueue pending(TracedThread thread, boolean shared) throws IOException {
    NativeBuffer infos = new NativeBuffer(AT_ONCE * Ptrace.SIGNAL_INFO_BYTES);
    List<SignalInfo> signals = new ArrayList<>();
    long count;
    do {
      int first = signals.size();
      count =
          SysException.check(
              "ptrace(PTRACE_PEEKSIGINFO)",
              thread.toString(),
              thread.request(tid -> Ptrace.pendingSignals(tid, shared, first, infos)));
      for (int i = 0; i < count; i++) {
        signals.add(
            new SignalInfo(infos.getBytes(i * Ptrace.SIGNAL_INFO_BYTES, Ptrace.SIGNAL_INFO_BYTES)));
      }
    } while (count > 0);
    return new SignalQueue(signals);
  }

  /**
   *
   *
   * <pre>
   * stack_t { ss_sp u64, ss_flags i32, pad, ss_size u64 }
   * </pre>
   */
  static AlternateStack alternateStack(Asked thread) throws IOException {
    thread.call("sigaltstack", SyscallNumbers.SIGALTSTACK, 0, thread.room());
    ByteBuffer stack = thread.answer(STACK_BYTES);
    return new AlternateStack(stack.getLong(0), stack.getLong(16), stack.getInt(8));
  }
}
