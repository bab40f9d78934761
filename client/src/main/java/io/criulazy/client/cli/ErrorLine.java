package io.criulazy.client.cli;

import io.criulazy.client.FailureText;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one line by which a command says why it failed: {@code criu-lazy: WHAT on WHAT: WHY. DO
 * THIS.}
 */
final class ErrorLine {

  private final String message;

  ErrorLine(String message) {
    this.message = message;
  }

  /** What an exception has to say to a user; the log gets its stack trace at -v4. */
  static ErrorLine of(Exception e) {
    Logger log = LoggerFactory.getLogger(CriuLazy.class);
    log.debug("failed here:", e);
    return new ErrorLine(text(e));
  }

  @Override
  public String toString() {
    return "criu-lazy: " + message + (message.endsWith(".") ? "" : ".");
  }

  private static String text(Exception e) {
    if (e instanceof UncheckedIOException unchecked) {
      return text(unchecked.getCause());
    }
    if (e instanceof IOException failed) {
      return FailureText.of(failed);
    }
    if (e instanceof CommandException) {
      return e.getMessage();
    }
    return "internal error: "
        + e
        + ". Please report it with the output of the same command with -v4";
  }
}
