package io.criulazy.proto.image.files;

import io.criulazy.proto.image.codec.Field;
import java.util.Optional;

/**
 * A descriptor in {@code fdinfo-N.img}: which open file a number stands for.
 *
 * @param id of the open file in {@code files.img}: equal ids are one open file description
 * @param flags FD_CLOEXEC 1
 * @param type see {@link FileType}
 * @param fd the number
 */
public record FdInfo(
    @Field(1) int id,
    @Field(2) int flags,
    @Field(3) int type,
    @Field(4) int fd,
    @Field(5) Optional<String> selinuxLabel) {}
