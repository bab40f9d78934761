package io.criulazy.proto.image.files;

import io.criulazy.proto.image.codec.Field;
import java.util.List;

/**
 * An epoll set.
 *
 * @param flags of open(2)
 */
public record EventPoll(
    @Field(1) int id,
    @Field(2) int flags,
    @Field(3) FileOwner owner,
    @Field(4) List<EventPollTarget> targets) {
  /** Keeps copies of the lists. */
  public EventPoll {
    targets = List.copyOf(targets);
  }
}
