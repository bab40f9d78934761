package io.criulazy.proto.image.files;

import io.criulazy.proto.image.codec.Field;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * {@code struct file_handle} of name_to_handle_at(2).
 *
 * @param handle at least 16 words
 * @param path of the file, when it could be found
 */
public record FileHandle(
    @Field(1) int bytes,
    @Field(2) int type,
    @Field(3) List<Long> handle,
    @Field(4) Optional<String> path,
    @Field(5) OptionalInt mountId) {
  /** Keeps copies of the lists. */
  public FileHandle {
    handle = List.copyOf(handle);
  }
}
