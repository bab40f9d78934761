package io.criulazy.proto.image.files;

import io.criulazy.proto.image.codec.Field;

/**
 * An eventfd.
 *
 * @param flags of open(2), O_NONBLOCK; EFD_SEMAPHORE is not recorded
 */
public record EventFd(
    @Field(1) int id, @Field(2) int flags, @Field(3) FileOwner owner, @Field(4) long counter) {}
