package io.criulazy.client.cli;

import io.criulazy.client.fault.LostPagePolicy;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.ParseResult;

/**
 * Those options of {@code lazy-pages} that say how pages are served, for a command that serves them
 * itself.
 */
final class LazyServingOptions extends LentOptions {
  private static final String ON_LOST_PAGE = "--on-lost-page";

  private static final Set<String> NAMES =
      Stream.concat(RemotePagesOptions.NAMES.stream(), Stream.of("on-lost-page", "metrics-address"))
          .collect(Collectors.toUnmodifiableSet());

  /** Picocli makes it. */
  LazyServingOptions() {
    super(NAMES);
  }

  /** Whether any was given but {@code --on-lost-page}. */
  boolean areMore(ParseResult line) {
    return words(line).stream().anyMatch(word -> !word.startsWith(ON_LOST_PAGE + "="));
  }

  /** What becomes of a process whose pages can't be had, if it was given. */
  static Optional<LostPagePolicy> onLostPage(ParseResult line) throws UsageException {
    return line.hasMatchedOption(ON_LOST_PAGE)
        ? Optional.of(OnLostPage.policy(line.matchedOptionValue(ON_LOST_PAGE, "")))
        : Optional.empty();
  }
}
