package io.criulazy.proto.image.task;

import io.criulazy.proto.image.codec.Field;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * {@code struct sigaction} of the kernel.
 *
 * @param handler SIG_DFL 0, SIG_IGN 1, or an address
 * @param flags SA_*
 * @param mask bit n-1 is signal n
 * @param compat whether a 32-bit program set it
 * @param maskExtended of machines with more than 64 signals
 */
public record SignalAction(
    @Field(1) long handler,
    @Field(2) long flags,
    @Field(3) long restorer,
    @Field(4) long mask,
    @Field(5) Optional<Boolean> compat,
    @Field(6) OptionalLong maskExtended) {}
