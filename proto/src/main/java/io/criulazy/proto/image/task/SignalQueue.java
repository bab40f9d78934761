package io.criulazy.proto.image.task;

import io.criulazy.proto.image.codec.Field;
import java.util.List;

/** Pending signals. */
public record SignalQueue(@Field(1) List<SignalInfo> signals) {
  /** Keeps copies of the lists. */
  public SignalQueue {
    signals = List.copyOf(signals);
  }
}
