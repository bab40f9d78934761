package io.criulazy.client.cli;

/** Where the control socket of the resident daemon is if nobody says otherwise. */
final class ControlPath {
  static final String DEFAULT = "/run/criu-lazy/control.sock";

  private ControlPath() {}
}
