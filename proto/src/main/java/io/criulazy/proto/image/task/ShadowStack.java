package io.criulazy.proto.image.task;

import io.criulazy.proto.image.codec.Field;

/**
 * Control-flow enforcement of a thread.
 *
 * @param ssp shadow stack pointer
 */
public record ShadowStack(@Field(1) long cet, @Field(2) long ssp) {}
