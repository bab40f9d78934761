package io.criulazy.proto.image.rings;

import io.criulazy.proto.image.codec.Field;

/**
 * The first record of {@code io-uring-PID.img}.
 *
 * @param version of the format
 * @param pid the task
 * @param stopped whether it was stopped by a signal before its rings were taken away
 */
public record IoUringHead(@Field(1) int version, @Field(2) int pid, @Field(3) boolean stopped) {}
