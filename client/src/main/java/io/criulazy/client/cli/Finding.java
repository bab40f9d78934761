package io.criulazy.client.cli;

/**
 * What {@code check} found out about one thing.
 *
 * @param group what it is part of: kernel, rights, limits, programs
 * @param name the thing
 * @param state whether it is good
 * @param detail what was found
 * @param advice what to do about it; empty when it is good
 */
record Finding(String group, String name, State state, String detail, String advice) {

  /** How good it is. */
  enum State {
    OK("ok"),
    /** Lazy restore works, something else does not, or not as well. */
    WARNING("warning"),
    /** Lazy restore does not work. */
    MISSING("MISSING");

    private final String label;

    State(String label) {
      this.label = label;
    }

    String label() {
      return label;
    }
  }

  static Finding ok(String group, String name, String detail) {
    return new Finding(group, name, State.OK, detail, "");
  }

  static Finding warning(String group, String name, String detail, String advice) {
    return new Finding(group, name, State.WARNING, detail, advice);
  }

  static Finding missing(String group, String name, String detail, String advice) {
    return new Finding(group, name, State.MISSING, detail, advice);
  }

  String toJson() {
    return "{\"group\":%s,\"name\":%s,\"state\":%s,\"detail\":%s,\"advice\":%s}"
        .formatted(
            quoted(group),
            quoted(name),
            quoted(state.name().toLowerCase(java.util.Locale.ROOT)),
            quoted(detail),
            quoted(advice));
  }

  private static String quoted(String text) {
    StringBuilder json = new StringBuilder("\"");
    for (char c : text.toCharArray()) {
      if (c == '"' || c == '\\') {
        json.append('\\').append(c);
      } else if (c < ' ') {
        json.append(String.format("\\u%04x", (int) c));
      } else {
        json.append(c);
      }
    }
    return json.append('"').toString();
  }
}
