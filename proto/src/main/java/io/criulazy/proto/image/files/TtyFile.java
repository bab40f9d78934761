package io.criulazy.proto.image.files;

import io.criulazy.proto.image.codec.Field;
import java.util.OptionalInt;

/**
 * An open terminal.
 *
 * @param terminalId of its {@link Terminal}
 * @param flags of open(2)
 * @param regularFileId the {@link RegularFile} with its path
 */
public record TtyFile(
    @Field(1) int id,
    @Field(2) int terminalId,
    @Field(3) int flags,
    @Field(4) FileOwner owner,
    @Field(6) OptionalInt regularFileId) {}
