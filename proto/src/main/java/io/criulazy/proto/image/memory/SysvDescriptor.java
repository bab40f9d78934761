package io.criulazy.proto.image.memory;

import io.criulazy.proto.image.codec.Field;

/**
 * What System V IPC objects have in common (struct ipc_perm).
 *
 * @param key 0 is IPC_PRIVATE
 * @param cuid of who has made it
 * @param mode permissions, SHM_DEST and SHM_LOCKED
 * @param id shmget(2)'s result
 */
public record SysvDescriptor(
    @Field(1) int key,
    @Field(2) int uid,
    @Field(3) int gid,
    @Field(4) int cuid,
    @Field(5) int cgid,
    @Field(6) int mode,
    @Field(7) int id) {}
