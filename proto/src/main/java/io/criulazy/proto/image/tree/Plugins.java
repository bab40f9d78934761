package io.criulazy.proto.image.tree;

import io.criulazy.proto.image.codec.Field;
import java.util.List;

/** Names of CRIU's plugins. */
public record Plugins(@Field(12) List<String> names) {
  /** Keeps copies of the lists. */
  public Plugins {
    names = List.copyOf(names);
  }
}
