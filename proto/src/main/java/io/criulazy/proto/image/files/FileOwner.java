package io.criulazy.proto.image.files;

import io.criulazy.proto.image.codec.Field;

/**
 * {@code struct fown}: who is told of a file's readiness by a signal (F_SETOWN).
 *
 * @param pidType PIDTYPE_*
 * @param pid 0: nobody
 */
public record FileOwner(
    @Field(1) int uid,
    @Field(2) int euid,
    @Field(3) int signal,
    @Field(4) int pidType,
    @Field(5) int pid) {}
