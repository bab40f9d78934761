package io.criulazy.proto.image.files;

import io.criulazy.proto.image.codec.Field;
import java.util.OptionalInt;

/**
 * An open fifo.
 *
 * @param pipeId inode: all who have it open and the content have it
 * @param regularFileId the {@link RegularFile} with its path and flags
 */
public record Fifo(@Field(1) int id, @Field(2) int pipeId, @Field(3) OptionalInt regularFileId) {}
