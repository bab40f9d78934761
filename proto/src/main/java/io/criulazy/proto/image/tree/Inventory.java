package io.criulazy.proto.image.tree;

import io.criulazy.proto.image.codec.Field;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * {@code inventory.img}: what the images are, and what the one who dumps was in.
 *
 * @param imgVersion 2: with the common magic in front of all other images
 * @param fdinfoPerId whether {@code fdinfo-N.img} is named by {@link KernelObjectIds#filesId}
 * @param rootIds ids of the one who dumped: a task with other namespace ids was in a namespace of
 *     its own
 * @param nsPerId whether images of namespaces are named by the ids of these
 * @param rootCgSet the set of {@code cgroup.img} that the one who dumped was in
 * @param lsmType 0 none, 1 SELinux, 2 AppArmor
 * @param dumpUptime microseconds from the boot to the dump
 * @param preDumpMode set in the directory of a pre-dump
 * @param tcpClose whether TCP connections come up closed
 * @param networkLockMethod how the network was locked during the dump
 * @param plugins CRIU's plugins that took part
 * @param dumpCriuRunId of this dump, a UUID
 * @param allowUprobes whether a uprobes mapping was ignored
 */
public record Inventory(
    @Field(1) int imgVersion,
    @Field(2) Optional<Boolean> fdinfoPerId,
    @Field(3) Optional<KernelObjectIds> rootIds,
    @Field(4) Optional<Boolean> nsPerId,
    @Field(5) OptionalInt rootCgSet,
    @Field(6) OptionalInt lsmType,
    @Field(8) OptionalLong dumpUptime,
    @Field(9) OptionalInt preDumpMode,
    @Field(10) Optional<Boolean> tcpClose,
    @Field(11) OptionalInt networkLockMethod,
    @Field(12) Optional<Plugins> plugins,
    @Field(13) Optional<String> dumpCriuRunId,
    @Field(14) Optional<Boolean> allowUprobes) {}
