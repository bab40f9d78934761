package io.criulazy.proto.image.files;

import io.criulazy.proto.image.codec.Field;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * A file in an epoll set.
 *
 * @param id not used: 0
 * @param fd the descriptor it was added by
 * @param events EPOLL*
 * @param device of the file, to tell whether the descriptor still is it
 */
public record EventPollTarget(
    @Field(1) int id,
    @Field(2) int fd,
    @Field(3) int events,
    @Field(4) long data,
    @Field(5) OptionalInt device,
    @Field(6) OptionalLong inode,
    @Field(7) OptionalLong position) {}
