package io.criulazy.proto.image.files;

import io.criulazy.proto.image.codec.Field;
import java.util.OptionalInt;

/**
 * A memfd in {@code memfd.img}.
 *
 * @param name given to memfd_create(2)
 * @param size bytes
 * @param shmid its pages are in {@code pagemap-shmem-SHMID.img}
 * @param seals F_SEAL_*
 * @param mode st_mode
 */
public record MemfdInode(
    @Field(1) String name,
    @Field(2) int uid,
    @Field(3) int gid,
    @Field(4) long size,
    @Field(5) int shmid,
    @Field(6) int seals,
    @Field(7) long inodeId,
    @Field(8) OptionalInt hugetlbFlag,
    @Field(9) OptionalInt mode) {}
