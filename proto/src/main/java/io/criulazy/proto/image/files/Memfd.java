package io.criulazy.proto.image.files;

import io.criulazy.proto.image.codec.Field;

/**
 * An open memfd, also of shared anonymous memory.
 *
 * @param flags of open(2)
 * @param position bytes
 * @param inodeId of a {@link MemfdInode}
 */
public record Memfd(
    @Field(1) int id,
    @Field(2) int flags,
    @Field(3) long position,
    @Field(4) FileOwner owner,
    @Field(5) int inodeId) {}
