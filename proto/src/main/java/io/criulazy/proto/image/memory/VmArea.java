package io.criulazy.proto.image.memory;

import io.criulazy.proto.image.codec.Field;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * A mapping, with all that {@code mm-PID.img} tells of it. Addresses are bytes, unsigned.
 *
 * @param end the first address behind it
 * @param pgoff bytes from the start of the file, or pages of shared memory
 * @param shmid id of the mapped file in {@code files.img}, or of the shared memory
 * @param prot PROT_* of mmap(2)
 * @param flags MAP_* of mmap(2)
 * @param status bits of {@link io.criulazy.proto.image.VmaStatus}
 * @param fd -1
 * @param madv bit n is MADV_n
 * @param fdflags open(2) flags of the mapped file
 */
public record VmArea(
    @Field(1) long start,
    @Field(2) long end,
    @Field(3) long pgoff,
    @Field(4) long shmid,
    @Field(5) int prot,
    @Field(6) int flags,
    @Field(7) int status,
    @Field(value = 8, form = Field.Form.ZIGZAG) long fd,
    @Field(9) OptionalLong madv,
    @Field(10) OptionalInt fdflags) {}
