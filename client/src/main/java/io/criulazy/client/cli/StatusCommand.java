package io.criulazy.client.cli;

import io.criulazy.client.control.ControlClient;
import io.criulazy.client.control.DaemonReport;
import io.criulazy.client.control.StatusText;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code criu-lazy status}: what the resident daemon does now. */
@Command(
    name = "status",
    header = "Shows what the resident daemon does now.",
    description = {
      "%nOn a terminal the view is renewed each second until Ctrl-C; else it is written once.",
      "",
      "For each restore: its state, pages delivered and due, the rate, faults with the times that"
          + " half of them and 99 of 100 took at most, and the age of the oldest that still waits;"
          + " below it its processes."
    },
    sortOptions = false,
    optionListHeading = "%nOptions:%n",
    footerHeading = "%nExamples:%n",
    footer = {
      "  criu-lazy status",
      "  criu-lazy status --json | jq '.restores[] | select(.state == \"filling\")'"
    })
final class StatusCommand implements Callable<Integer> {
  private static final long INTERVAL_MS = 1_000;

  /** To the top left corner, and everything from there is cleared. */
  private static final String CLEAR = "\033[H\033[J";

  @Option(names = "--once", description = "one view, on a terminal too")
  private boolean once;

  @Option(names = "--json", description = "the daemon's own JSON, once; see docs/operating.md")
  private boolean json;

  @Mixin private ControlOption control;

  @Mixin private HelpOption help;

  @Override
  public Integer call() throws IOException, InterruptedException {
    try (ControlClient daemon = control.daemon()) {
      if (json) {
        System.out.write(daemon.reportJson());
        System.out.flush();
      } else if (once || !Terminal.isAt(1)) {
        System.out.print(new StatusText().next(daemon.report(), System.nanoTime()));
      } else {
        watch(daemon);
      }
    }
    return 0;
  }

  private static void watch(ControlClient daemon) throws IOException, InterruptedException {
    StatusText text = new StatusText();
    while (true) {
      DaemonReport report = daemon.report();
      System.out.print(CLEAR + text.next(report, System.nanoTime()));
      System.out.flush();
      Thread.sleep(INTERVAL_MS);
    }
  }
}
