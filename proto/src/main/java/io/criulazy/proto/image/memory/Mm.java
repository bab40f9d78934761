package io.criulazy.proto.image.memory;

import io.criulazy.proto.image.codec.Field;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * {@code mm-PID.img}: an address space.
 *
 * @param exeFileId file of {@code files.img} that /proc/PID/exe names
 * @param auxv the auxiliary vector: types and values in turn
 * @param areas ascending; guard ranges, which lie inside others, come last
 * @param dumpable of PR_GET_DUMPABLE
 * @param thpDisabled of PR_GET_THP_DISABLE
 */
public record Mm(
    @Field(1) long startCode,
    @Field(2) long endCode,
    @Field(3) long startData,
    @Field(4) long endData,
    @Field(5) long startStack,
    @Field(6) long startBrk,
    @Field(7) long brk,
    @Field(8) long argStart,
    @Field(9) long argEnd,
    @Field(10) long envStart,
    @Field(11) long envEnd,
    @Field(12) int exeFileId,
    @Field(13) List<Long> auxv,
    @Field(14) List<VmArea> areas,
    @Field(value = 15, form = Field.Form.SIGNED) OptionalInt dumpable,
    @Field(16) List<AioRing> aioRings,
    @Field(17) Optional<Boolean> thpDisabled) {
  /** Keeps copies of the lists. */
  public Mm {
    auxv = List.copyOf(auxv);
    areas = List.copyOf(areas);
    aioRings = List.copyOf(aioRings);
  }
}
