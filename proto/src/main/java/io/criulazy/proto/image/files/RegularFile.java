package io.criulazy.proto.image.files;

import io.criulazy.proto.image.codec.Field;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * A file, directory or device that a path names.
 *
 * @param flags of open(2)
 * @param position bytes; 0 where there is none
 * @param name absolute; of a file that was removed see {@code remap-fpath.img}
 * @param size bytes, which the file must have at the restore
 * @param mode st_mode, which the file must have at the restore
 * @param buildId of an ELF file: its bytes as numbers in native order, filled up with zeros
 * @param checksum CRC-32C
 */
public record RegularFile(
    @Field(1) int id,
    @Field(2) int flags,
    @Field(3) long position,
    @Field(5) FileOwner owner,
    @Field(6) String name,
    @Field(value = 7, form = Field.Form.ZIGZAG) OptionalInt mountId,
    @Field(8) OptionalLong size,
    @Field(9) Optional<Boolean> external,
    @Field(10) OptionalInt mode,
    @Field(11) List<Integer> buildId,
    @Field(12) OptionalInt checksum,
    @Field(13) OptionalInt checksumConfig,
    @Field(14) OptionalInt checksumParameter) {
  /** Keeps copies of the lists. */
  public RegularFile {
    buildId = List.copyOf(buildId);
  }
}
