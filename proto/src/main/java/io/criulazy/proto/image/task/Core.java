package io.criulazy.proto.image.task;

import io.criulazy.proto.image.codec.Field;
import io.criulazy.proto.image.tree.KernelObjectIds;
import java.util.Optional;

/**
 * {@code core-TID.img}: one thread, and in the leader's image the task too.
 *
 * @param machine {@link #X86_64}; others are other machines
 * @param threadInfo registers, if the machine is x86-64
 * @param task only in the leader's image
 * @param ids only in the leader's image
 * @param thread what all machines have; none of a dead task
 */
public record Core(
    @Field(1) int machine,
    @Field(2) Optional<ThreadInfoX86> threadInfo,
    @Field(3) Optional<TaskCore> task,
    @Field(4) Optional<KernelObjectIds> ids,
    @Field(5) Optional<ThreadCore> thread) {
  /** {@link #machine} of the one machine whose registers are known here. */
  public static final int X86_64 = 1;
}
