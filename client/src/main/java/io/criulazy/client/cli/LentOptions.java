package io.criulazy.client.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import picocli.CommandLine.IModelTransformer;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/**
 * Options of {@code lazy-pages} that another command has, too: picocli reads them, and they are
 * handed on as words of a {@code lazy-pages} command.
 */
abstract class LentOptions implements IModelTransformer {
  private final List<CriuOption> options;

  /**
   * @param names which
   */
  LentOptions(Set<String> names) {
    options =
        LazyPagesOptions.DECLARED.stream()
            .filter(option -> names.contains(option.longName()))
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
    for (CriuOption option : options) {
      OptionSpec.Builder spec =
          OptionSpec.builder(name(option)).description(option.description().replace('\n', ' '));
      command.addOption(
          isFlag(option)
              ? spec.type(boolean.class).arity("0").build()
              : spec.type(String.class).arity("1").paramLabel(option.label()).build());
    }
    return command;
  }

  /** What was given of them. */
  List<String> words(ParseResult line) {
    List<String> words = new ArrayList<>();
    for (CriuOption option : options) {
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
