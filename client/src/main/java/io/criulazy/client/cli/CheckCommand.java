package io.criulazy.client.cli;

import io.criulazy.client.cli.Finding.State;
import io.criulazy.client.sys.KernelFeatures;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code criu-lazy check}: can this machine restore lazily, and if not, what to do about it. */
@Command(
    name = "check",
    header = "Says whether this machine can restore lazily, and what to do about what is missing.",
    description = "%nExits 0 if a lazy restore will work here, 1 if not.%n")
final class CheckCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Option(names = "--json", description = "print an object for programs instead")
  private boolean json;

  @Mixin private HelpOption help;

  @Override
  public Integer call() throws Exception {
    List<Finding> findings = new ArrayList<>(KernelFindings.of(KernelFeatures.probe()));
    findings.addAll(HostFindings.of(Path.of("/proc"), System.getenv()));
    boolean works = findings.stream().noneMatch(finding -> finding.state() == State.MISSING);
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(json(works, findings));
    } else {
      print(works, findings, out);
    }
    return works ? 0 : 1;
  }

  private static String json(boolean works, List<Finding> findings) {
    return findings.stream()
        .map(Finding::toJson)
        .collect(
            Collectors.joining(",\n  ", "{\"works\":" + works + ",\"findings\":[\n  ", "\n]}"));
  }

  private static void print(boolean works, List<Finding> findings, PrintWriter out) {
    String group = "";
    for (Finding finding : findings) {
      if (!finding.group().equals(group)) {
        group = finding.group();
        out.println(group);
      }
      out.printf("  %-8s %-28s %s%n", finding.state().label(), finding.name(), finding.detail());
      if (!finding.advice().isEmpty()) {
        out.printf("  %-8s %-28s -> %s%n", "", "", finding.advice());
      }
    }
    out.println();
    out.println(
        works
            ? "Lazy restore works on this machine."
            : "Lazy restore does not work on this machine: see what is MISSING.");
  }
}
