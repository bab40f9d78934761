package io.criulazy.client.cli;

import io.criulazy.client.control.ControlClient;
import io.criulazy.client.fault.LostPagePolicy;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code criu-lazy prepare}: asks the resident daemon to serve one lazy restore. */
@Command(
    name = "prepare",
    header = "Has the resident daemon serve a lazy restore, and prints the socket's path.",
    description = {
      "%nWhen it returns, `criu restore --lazy-pages` may be run with the same directories. Each"
          + " restore is prepared once. curl does the same faster: see docs/operating.md."
    },
    sortOptions = false,
    optionListHeading = "%nOptions:%n",
    footerHeading = "%nExample:%n",
    footer = "  criu-lazy prepare -D img && criu restore -D img --lazy-pages -d")
final class PrepareCommand implements Callable<Integer> {

  @Mixin private DirectoryOptions directories;

  @Option(
      names = "--on-lost-page",
      paramLabel = "wait|poison|kill",
      converter = OnLostPage.class,
      description =
          "what to do with a process whose pages can't be had (default: what the daemon was told)")
  private LostPagePolicy onLostPage;

  @Mixin private ControlOption control;

  @Mixin private HelpOption help;

  @Override
  public Integer call() throws IOException {
    Path images = directories.imagesDir();
    Path work = directories.workDir();
    try (ControlClient daemon = control.daemon()) {
      System.out.println(daemon.prepare(images, work, Optional.ofNullable(onLostPage)).socket());
    }
    return 0;
  }
}
