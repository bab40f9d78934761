package io.criulazy.proto.image.task;

import io.criulazy.proto.image.codec.Field;

/** {@code struct user_desc} of set_thread_area(2). */
public record SegmentDescriptor(
    @Field(1) int entryNumber,
    @Field(2) int baseAddress,
    @Field(3) int limit,
    @Field(4) boolean seg32bit,
    @Field(5) boolean contentsHigh,
    @Field(6) boolean contentsLow,
    @Field(7) boolean readExecOnly,
    @Field(8) boolean limitInPages,
    @Field(9) boolean segNotPresent,
    @Field(10) boolean usable) {}
