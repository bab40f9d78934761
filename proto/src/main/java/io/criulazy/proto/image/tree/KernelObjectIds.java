package io.criulazy.proto.image.tree;

import io.criulazy.proto.image.codec.Field;
import java.util.OptionalInt;

/**
 * What tasks share: equal ids are one kernel object. Numbers have no other meaning.
 *
 * @param vmId address space
 * @param filesId table of file descriptors
 * @param fsId root, working directory and umask
 * @param sighandId signal actions
 */
public record KernelObjectIds(
    @Field(1) int vmId,
    @Field(2) int filesId,
    @Field(3) int fsId,
    @Field(4) int sighandId,
    @Field(5) OptionalInt pidNsId,
    @Field(6) OptionalInt netNsId,
    @Field(7) OptionalInt ipcNsId,
    @Field(8) OptionalInt utsNsId,
    @Field(9) OptionalInt mntNsId,
    @Field(10) OptionalInt userNsId,
    @Field(11) OptionalInt cgroupNsId,
    @Field(12) OptionalInt timeNsId) {}
