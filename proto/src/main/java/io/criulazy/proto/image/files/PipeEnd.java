package io.criulazy.proto.image.files;

import io.criulazy.proto.image.codec.Field;

/**
 * One end of a pipe.
 *
 * @param pipeId inode: both ends and the content have it
 * @param flags of open(2): O_RDONLY 0, O_WRONLY 1, O_RDWR 2
 */
public record PipeEnd(
    @Field(1) int id, @Field(2) int pipeId, @Field(3) int flags, @Field(4) FileOwner owner) {}
