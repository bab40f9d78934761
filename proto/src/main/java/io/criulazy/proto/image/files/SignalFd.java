package io.criulazy.proto.image.files;

import io.criulazy.proto.image.codec.Field;

/**
 * A signalfd.
 *
 * @param flags of open(2)
 * @param mask bit n-1 is signal n
 */
public record SignalFd(
    @Field(1) int id, @Field(2) int flags, @Field(3) FileOwner owner, @Field(4) long mask) {}
