package io.criulazy.proto.image.files;

import io.criulazy.proto.image.codec.Field;
import java.util.OptionalInt;

/**
 * A file in {@code remap-fpath.img}: one whose path leads to it no more.
 *
 * @param id of the file in {@code files.img}
 * @param remapId where the images have it instead
 * @param type 0 linked under another name, 1 a ghost (removed), 2 of a process that has ended
 */
public record PathRemap(@Field(1) int id, @Field(2) int remapId, @Field(3) OptionalInt type) {}
