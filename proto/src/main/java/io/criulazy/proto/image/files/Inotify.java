package io.criulazy.proto.image.files;

import io.criulazy.proto.image.codec.Field;
import java.util.List;

/**
 * An inotify instance. Events that were not read are not recorded.
 *
 * @param flags of open(2)
 */
public record Inotify(
    @Field(1) int id,
    @Field(2) int flags,
    @Field(4) FileOwner owner,
    @Field(5) List<InotifyWatch> watches) {
  /** Keeps copies of the lists. */
  public Inotify {
    watches = List.copyOf(watches);
  }
}
