package io.criulazy.client.cli;

import io.criulazy.client.control.ControlClient;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Which resident daemon a command talks to. */
final class ControlOption {

  /** Where the daemon's socket is if nobody says otherwise. */
  static final String DEFAULT = "/run/criu-lazy/control.sock";

  @Option(
      names = "--control",
      paramLabel = "PATH",
      defaultValue = DEFAULT,
      description = "the daemon's control socket (default: ${DEFAULT-VALUE})")
  private Path path;

  Path path() {
    return path;
  }

  /** The daemon; to be closed. */
  ControlClient daemon() {
    return new ControlClient(path);
  }
}
