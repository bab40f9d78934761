package io.criulazy.proto.image.tree;

import io.criulazy.proto.image.codec.Field;

/** {@code timens-0.img}: the clocks of the time namespace at the time of the dump. */
public record TimeOffsets(@Field(1) ClockReading monotonic, @Field(2) ClockReading boottime) {}
