package io.criulazy.proto.image.task;

import io.criulazy.proto.image.codec.Field;
import java.util.List;

/** Timers of setitimer(2) and timer_create(2). */
public record TaskTimers(
    @Field(1) IntervalTimer real,
    @Field(2) IntervalTimer virtual,
    @Field(3) IntervalTimer profiling,
    @Field(4) List<PosixTimer> posix) {
  /** Keeps copies of the lists. */
  public TaskTimers {
    posix = List.copyOf(posix);
  }
}
