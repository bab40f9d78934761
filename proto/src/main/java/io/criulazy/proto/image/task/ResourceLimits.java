package io.criulazy.proto.image.task;

import io.criulazy.proto.image.codec.Field;
import java.util.List;

/** Limits by their number: RLIMIT_CPU 0 first. */
public record ResourceLimits(@Field(1) List<ResourceLimit> limits) {
  /** Keeps copies of the lists. */
  public ResourceLimits {
    limits = List.copyOf(limits);
  }
}
