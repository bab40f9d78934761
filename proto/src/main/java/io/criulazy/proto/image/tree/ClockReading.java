package io.criulazy.proto.image.tree;

import io.criulazy.proto.image.codec.Field;

/**
 * What a clock showed.
 *
 * @param nanoseconds below 10^9
 */
public record ClockReading(@Field(1) long seconds, @Field(2) long nanoseconds) {}
