package io.criulazy.client.cli;

import java.io.PrintWriter;
import java.io.Writer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/**
 * {@code criu-lazy warm-up}: the training run behind {@code bin/criu-lazy-archive}. Runs what every
 * start runs, so that the class archive has it, and leaves nothing behind. Needs no privileges:
 * what the kernel refuses is skipped.
 */
@Command(name = "warm-up", hidden = true)
final class WarmUpCommand implements Callable<Integer> {

  private static final String[] TYPICAL = {
    "lazy-pages", "-D", "/nonexistent", "-W", "/tmp", "-o", "x.log", "-v4", "--status-fd", "9"
  };

  @Override
  public Integer call() throws Exception {
    CommandLine line = new CommandLine(new LazyPagesCommand());
    CriuArguments arguments =
        CriuArguments.parse(TYPICAL, OptionTable.of(line.getCommandSpec()), Map.of());
    line.parseArgs(arguments.canonical().toArray(String[]::new));
    for (CommandLine command : List.of(line, new CommandLine(new CriuLazy()))) {
      command.usage(new PrintWriter(Writer.nullWriter()));
    }
    LoggerFactory.getLogger(WarmUpCommand.class).warn("{}", BuildInfo.load().describe(true));
    return 0;
  }
}
