package io.criulazy.proto.image.files;

import io.criulazy.proto.image.codec.Field;
import java.util.List;

/**
 * A control message in a socket's queue.
 *
 * @param type SCM_RIGHTS 1
 * @param rights ids of files in {@code files.img}
 */
public record PassedFiles(@Field(1) int type, @Field(2) List<Integer> rights) {
  /** Keeps copies of the lists. */
  public PassedFiles {
    rights = List.copyOf(rights);
  }
}
