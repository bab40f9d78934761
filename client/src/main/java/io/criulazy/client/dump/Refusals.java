package io.criulazy.client.dump;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Why the native engine can't dump some processes: all causes, each once. */
public final class Refusals {
  private final Set<String> causes = new LinkedHashSet<>();

  /**
   * Adds one.
   *
   * @param what a clause: what, on what
   */
  public void add(String what) {
    causes.add(what);
  }

  /** All of them. */
  public List<String> causes() {
    return new ArrayList<>(causes);
  }

  public boolean isEmpty() {
    return causes.isEmpty();
  }
}
