package io.criulazy.client.cli;

import io.criulazy.client.BuildInfo;
import io.criulazy.client.sys.KernelFeatures;
import java.util.Map;
import java.util.concurrent.Callable;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;

/**
 * {@code criu-lazy warm-up}: the training run behind {@code bin/criu-lazy-archive}. Runs what every
 * start runs, so that the class archive has it, and leaves nothing behind. Needs no privileges:
 * what the kernel refuses is skipped.
 */
@Command(name = "warm-up", hidden = true)
final class WarmUpCommand implements Callable<Integer> {

  private static final String[] TYPICAL = {
    "lazy-pages", "-D", "img", "-W", ".", "-v4", "--status-fd", "9", "--progress", "-j"
  };

  @Override
  public Integer call() throws Exception {
    CriuArguments arguments =
        CriuArguments.parse(TYPICAL, OptionTable.of(LazyPagesOptions.DECLARED), Map.of());
    LazyPagesOptions options = LazyPagesOptions.of(arguments.options());
    Log.start(options.criu());
    LoggerFactory.getLogger(WarmUpCommand.class).warn("{}", BuildInfo.load().describe(true));
    KernelFeatures.probe();
    return 0;
  }
}
