package io.criulazy.proto.image.files;

import io.criulazy.proto.image.codec.Field;

/**
 * What an inotify instance watches.
 *
 * @param id not used: 0
 * @param mask IN_*
 * @param device the kernel's number
 * @param wd watch descriptor
 */
public record InotifyWatch(
    @Field(1) int id,
    @Field(2) long inode,
    @Field(3) int mask,
    @Field(4) int ignoredMask,
    @Field(5) int device,
    @Field(6) int wd,
    @Field(7) FileHandle handle) {}
