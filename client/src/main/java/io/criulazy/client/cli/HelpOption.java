package io.criulazy.client.cli;

import picocli.CommandLine.Option;

/** Every command's {@code --help}; picocli itself acts on it. */
final class HelpOption {

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "print this help and exit")
  private boolean help;
}
