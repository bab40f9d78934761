package io.criulazy.proto.image.task;

import io.criulazy.proto.image.codec.Field;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * What a thread has on all machines.
 *
 * @param robustList address of get_robust_list(2); 0: none
 * @param robustListLength bytes
 * @param policy SCHED_*
 * @param priority of the real-time policies
 * @param blockedSignals bit n-1 is signal n; the leader's is {@link TaskCore#blockedSignals}
 * @param pendingSignals pending for this thread, in order
 * @param seccompMode 0 none, 1 strict, 2 filter
 * @param seccompFilter the last of its chain in {@code seccomp.img}
 * @param blockedSignalsExtended of machines with more than 64 signals
 * @param rseq the registered restartable sequences
 * @param cgSet set of {@code cgroup.img}
 */
public record ThreadCore(
    @Field(1) long robustList,
    @Field(2) int robustListLength,
    @Field(value = 3, form = Field.Form.ZIGZAG) OptionalInt nice,
    @Field(4) OptionalInt policy,
    @Field(5) OptionalInt priority,
    @Field(6) OptionalLong blockedSignals,
    @Field(7) Optional<AlternateStack> alternateStack,
    @Field(8) OptionalInt parentDeathSignal,
    @Field(9) Optional<SignalQueue> pendingSignals,
    @Field(10) Optional<Credentials> credentials,
    @Field(11) OptionalInt seccompMode,
    @Field(12) OptionalInt seccompFilter,
    @Field(13) Optional<String> comm,
    @Field(14) OptionalLong blockedSignalsExtended,
    @Field(15) Optional<RseqArea> rseq,
    @Field(16) OptionalInt cgSet) {}
