package io.criulazy.proto.image.task;

import io.criulazy.proto.image.codec.Field;

/**
 * One timer of setitimer(2).
 *
 * @param valueSeconds time left; 0 and 0: not armed
 */
public record IntervalTimer(
    @Field(1) long intervalSeconds,
    @Field(2) long intervalMicroseconds,
    @Field(3) long valueSeconds,
    @Field(4) long valueMicroseconds) {}
