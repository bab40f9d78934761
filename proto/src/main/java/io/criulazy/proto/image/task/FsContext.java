package io.criulazy.proto.image.task;

import io.criulazy.proto.image.codec.Field;
import java.util.OptionalInt;

/**
 * {@code fs-PID.img}: where a task stands in the file system.
 *
 * @param cwdId working directory, a file of {@code files.img}
 * @param rootId root directory
 */
public record FsContext(@Field(1) int cwdId, @Field(2) int rootId, @Field(3) OptionalInt umask) {}
