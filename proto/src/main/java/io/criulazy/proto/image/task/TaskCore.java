package io.criulazy.proto.image.task;

import io.criulazy.proto.image.codec.Field;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * What the threads of a task share, beside memory and files.
 *
 * @param taskState see {@link io.criulazy.proto.image.TaskState}
 * @param exitCode wait status of a dead task
 * @param personality of personality(2)
 * @param flags the kernel's PF_ flags; of no use to a restore
 * @param blockedSignals the leader's mask: bit n-1 is signal n
 * @param comm the leader's name, at most 15 bytes
 * @param cgSet set of {@code cgroup.img}; since CRIU 3.17 it is in each thread
 * @param sharedSignals pending for the process, in order
 * @param oldSeccompMode replaced by {@link ThreadCore#seccompMode}
 * @param oldSeccompFilter replaced by {@link ThreadCore#seccompFilter}
 * @param oomScoreAdj -1000 to 1000
 * @param signalActions of signals 1 to 64 without SIGKILL and SIGSTOP
 * @param blockedSignalsExtended of machines with more than 64 signals
 * @param stopSignal the signal that a stopped task was stopped by
 * @param membarrierRegistrations bits of MEMBARRIER_CMD_GET_REGISTRATIONS
 */
public record TaskCore(
    @Field(1) int taskState,
    @Field(2) int exitCode,
    @Field(3) int personality,
    @Field(4) int flags,
    @Field(5) long blockedSignals,
    @Field(6) String comm,
    @Field(7) Optional<TaskTimers> timers,
    @Field(8) Optional<ResourceLimits> resourceLimits,
    @Field(9) OptionalInt cgSet,
    @Field(10) Optional<SignalQueue> sharedSignals,
    @Field(11) OptionalInt oldSeccompMode,
    @Field(12) OptionalInt oldSeccompFilter,
    @Field(13) OptionalInt loginuid,
    @Field(value = 14, form = Field.Form.SIGNED) OptionalInt oomScoreAdj,
    @Field(15) List<SignalAction> signalActions,
    @Field(18) Optional<Boolean> childSubreaper,
    @Field(20) OptionalLong blockedSignalsExtended,
    @Field(21) OptionalInt stopSignal,
    @Field(22) OptionalInt membarrierRegistrations) {
  /** Keeps copies of the lists. */
  public TaskCore {
    signalActions = List.copyOf(signalActions);
  }
}
