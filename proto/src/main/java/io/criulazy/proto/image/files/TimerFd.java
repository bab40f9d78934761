package io.criulazy.proto.image.files;

import io.criulazy.proto.image.codec.Field;

/**
 * A timerfd.
 *
 * @param flags of open(2)
 * @param ticks expirations that were not read yet
 * @param settimeFlags TFD_TIMER_ABSTIME 1
 * @param valueSeconds time left; 0 and 0: not armed
 */
public record TimerFd(
    @Field(1) int id,
    @Field(2) int flags,
    @Field(3) FileOwner owner,
    @Field(4) int clockId,
    @Field(5) long ticks,
    @Field(6) int settimeFlags,
    @Field(7) long valueSeconds,
    @Field(8) long valueNanoseconds,
    @Field(9) long intervalSeconds,
    @Field(10) long intervalNanoseconds) {}
