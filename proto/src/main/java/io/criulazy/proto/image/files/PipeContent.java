package io.criulazy.proto.image.files;

import io.criulazy.proto.image.codec.Field;
import java.util.OptionalInt;

/**
 * Head of what a pipe or fifo held; the bytes follow it in {@code pipes-data.img}, {@code
 * fifo-data.img}.
 *
 * @param size of F_GETPIPE_SZ
 */
public record PipeContent(@Field(1) int pipeId, @Field(2) int bytes, @Field(3) OptionalInt size) {}
