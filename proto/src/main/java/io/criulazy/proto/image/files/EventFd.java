package io.criulazy.proto.image.files;

import io.criulazy.proto.image.codec.Field;
import java.util.Optional;

/**
 * An eventfd.
 *
 * @param flags of open(2), O_NONBLOCK
 * @param semaphore EFD_SEMAPHORE: a field of ours, which criu neither writes nor reads; it restores
 *     any eventfd as a plain one
 */
public record EventFd(
    @Field(1) int id,
    @Field(2) int flags,
    @Field(3) FileOwner owner,
    @Field(4) long counter,
    @Field(60_001) Optional<Boolean> semaphore) {}
