package io.criulazy.client.engine;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Which engine is to be taken: what {@code --engine} says. */
public enum EngineChoice {
  /** The first that covers the request completely. */
  AUTO,
  /** An installed criu. */
  CRIU,
  /** Our own. */
  NATIVE;

  /**
   * What was chosen.
   *
   * @param reason why, for people
   */
  public record Chosen<E>(E engine, String reason) {}

  /**
   * Chooses.
   *
   * @param engines in the order in which {@link #AUTO} prefers them
   * @throws EngineRefusalException naming all that each engine refuses, if none can be taken
   * @throws IOException if that can't be found out
   */
  public <R, E extends Engine<R>> Chosen<E> choose(List<E> engines, R request) throws IOException {
    List<String> refused = new ArrayList<>();
    for (E engine : engines) {
      if (this != AUTO && !engine.name().equals(label())) {
        continue;
      }
      List<String> refusals = engine.refusals(request);
      if (refusals.isEmpty()) {
        return new Chosen<>(engine, reason(refused));
      }
      refused.add(
          "the engine %s can't do it: %s".formatted(engine.name(), String.join("; ", refusals)));
    }
    throw new EngineRefusalException(
        refused.isEmpty()
            ? "there is no engine " + label() + " here"
            : refused.stream().collect(Collectors.joining(". And ", "", advice())));
  }

  private String reason(List<String> refused) {
    if (this != AUTO) {
      return "--engine " + label();
    }
    return refused.isEmpty() ? "it covers all of it" : String.join(". And ", refused);
  }

  private String advice() {
    return this == NATIVE ? ". Use --engine criu" : "";
  }

  /** As on the command line. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
