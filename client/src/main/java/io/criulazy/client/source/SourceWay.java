package io.criulazy.client.source;

/** How pages come from a page server. */
public enum SourceWay {
  /** Over a connection, each by itself. */
  CONNECTION("connection"),
  /** The server has handed its files over through its unix socket; they are mapped. */
  FILES("files"),
  /** The same, though the server was addressed over TCP. */
  SHORT_CIRCUIT("short_circuit");

  private final String label;

  SourceWay(String label) {
    this.label = label;
  }

  /** In metrics and reports. */
  public String label() {
    return label;
  }
}
