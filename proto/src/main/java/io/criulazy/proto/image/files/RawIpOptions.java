package io.criulazy.proto.image.files;

import io.criulazy.proto.image.codec.Field;
import java.util.List;
import java.util.Optional;

/** Options of raw sockets. */
public record RawIpOptions(
    @Field(1) Optional<Boolean> headerIncluded,
    @Field(2) Optional<Boolean> nodefrag,
    @Field(3) Optional<Boolean> checksum,
    @Field(4) List<Integer> icmpFilter) {
  /** Keeps copies of the lists. */
  public RawIpOptions {
    icmpFilter = List.copyOf(icmpFilter);
  }
}
