package io.criulazy.client.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code criu-lazy check}: can this machine restore lazily, and if not, what to do about it. */
@Command(
    name = "check",
    header = "Says whether this machine can restore lazily, and what is missing.")
final class CheckCommand implements Callable<Integer> {
  @Override
  public Integer call() {
    return 0;
  }
}
