package io.criulazy.proto.image.task;

import io.criulazy.proto.image.codec.Field;
import java.util.OptionalLong;

/**
 * What was given to rseq(2).
 *
 * @param size bytes
 * @param criticalSection rseq_cs, if the thread was inside one
 */
public record RseqArea(
    @Field(1) long address,
    @Field(2) int size,
    @Field(3) int signature,
    @Field(4) OptionalLong criticalSection) {}
