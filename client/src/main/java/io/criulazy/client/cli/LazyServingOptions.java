package io.criulazy.client.cli;

import io.criulazy.client.fault.LostPagePolicy;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine.IModelTransformer;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/**
 * Those options of {@code lazy-pages} that say where pages come from, for a command that serves
 * them itself: picocli reads them, and they are handed on as words of a {@code lazy-pages} command.
 */
final class LazyServingOptions implements IModelTransformer {
  private static final String ON_LOST_PAGE = "--on-lost-page";
  private static final Set<String> TAKEN =
      Set.of(
          "page-server",
          "address",
          "port",
          "tls",
          "tls-cacert",
          "tls-cacrl",
          "tls-cert",
          "tls-key",
          "tls-no-cn-verify",
          "image-set",
          "compress",
          "source-timeout",
          "on-lost-page",
          "metrics-address");

  private static List<CriuOption> options() {
    return LazyPagesOptions.DECLARED.stream()
        .filter(option -> TAKEN.contains(option.longName()))
        .toList();
  }

  private static String name(CriuOption option) {
    return "--" + option.longName();
  }

  private static boolean isFlag(CriuOption option) {
    return option.argument() == CriuOption.Argument.NONE;
  }

  @Override
  public CommandSpec transform(CommandSpec command) {
    for (CriuOption option : options()) {
      OptionSpec.Builder spec =
          OptionSpec.builder(name(option)).description(option.description().replace('\n', ' '));
      command.addOption(
          isFlag(option)
              ? spec.type(boolean.class).arity("0").build()
              : spec.type(String.class).arity("1").paramLabel(option.label()).build());
    }
    return command;
  }

  /** Whether any was given but {@code --on-lost-page}. */
  static boolean areMore(ParseResult line) {
    return options().stream()
        .map(LazyServingOptions::name)
        .anyMatch(name -> !name.equals(ON_LOST_PAGE) && line.hasMatchedOption(name));
  }

  /** What becomes of a process whose pages can't be had, if it was given. */
  static Optional<LostPagePolicy> onLostPage(ParseResult line) throws UsageException {
    return line.hasMatchedOption(ON_LOST_PAGE)
        ? Optional.of(OnLostPage.policy(line.matchedOptionValue(ON_LOST_PAGE, "")))
        : Optional.empty();
  }

  /** What was given of them. */
  static List<String> words(ParseResult line) {
    List<String> words = new ArrayList<>();
    for (CriuOption option : options()) {
      if (line.hasMatchedOption(name(option))) {
        words.add(
            isFlag(option)
                ? name(option)
                : name(option) + "=" + line.matchedOptionValue(name(option), ""));
      }
    }
    return words;
  }
}
