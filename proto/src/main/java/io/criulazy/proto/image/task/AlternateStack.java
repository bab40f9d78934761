package io.criulazy.proto.image.task;

import io.criulazy.proto.image.codec.Field;

/**
 * {@code stack_t} of sigaltstack(2).
 *
 * @param size bytes
 * @param flags SS_DISABLE 2, SS_AUTODISARM
 */
public record AlternateStack(@Field(1) long sp, @Field(2) long size, @Field(3) int flags) {}
