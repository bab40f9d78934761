package io.criulazy.client.cli;

import io.criulazy.client.control.ControlClient;
import io.criulazy.client.fault.LostPagePolicy;
import io.criulazy.client.source.RemoteImages;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code criu-lazy prepare}: asks the resident daemon to serve one lazy restore. */
@Command(
    name = "prepare",
    header = "Has the resident daemon serve a lazy restore, and prints the socket's path.",
    description = {
      "%nWhen it returns, `criu restore --lazy-pages` may be run with the same directories. Each"
          + " restore is prepared once. curl does the same faster: see docs/operating.md.",
      "",
      "With --page-server the daemon fetches the pages from there. It is the daemon that connects,"
          + " and that reads the files of --tls."
    },
    sortOptions = false,
    optionListHeading = "%nOptions:%n",
    modelTransformer = RemotePagesOptions.class,
    footerHeading = "%nExamples:%n",
    footer = {
      "  criu-lazy prepare -D img && criu restore -D img --lazy-pages -d",
      "  criu-lazy prepare -D img --page-server --address 10.0.0.1 --port 27"
    })
final class PrepareCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

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
  public Integer call() throws IOException, CommandException, UsageException {
    Path images = directories.imagesDir();
    Path work = directories.workDir();
    try (ControlClient daemon = control.daemon()) {
      Optional<LostPagePolicy> policy = Optional.ofNullable(onLostPage);
      System.out.println(daemon.prepare(images, work, policy, remote()).socket());
    }
    return 0;
  }

  private Optional<RemoteImages> remote() throws IOException, CommandException, UsageException {
    List<String> words = new ArrayList<>(List.of(LazyPagesCommand.NAME));
    words.addAll(new RemotePagesOptions().words(spec.commandLine().getParseResult()));
    return LazyPagesOptions.ofWords(words).remote();
  }
}
