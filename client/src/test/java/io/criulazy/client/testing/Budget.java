package io.criulazy.client.testing;

import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * The time that a step of a test may take; a step that takes longer fails, and says what it waited
 * for.
 */
public final class Budget {
  private static final long POLL_MILLIS = 5;

  private final Duration total;
  private final long endNs;

  private Budget(Duration total) {
    this.total = total;
    this.endNs = System.nanoTime() + total.toNanos();
  }

  /**
   * Starts to count now.
   *
   * @param seconds positive
   */
  public static Budget ofSeconds(long seconds) {
    return new Budget(Duration.ofSeconds(seconds));
  }

  /** Milliseconds that are left, at least 0. */
  public long leftMillis() {
    return Math.max(0, (endNs - System.nanoTime()) / 1_000_000);
  }

  /**
   * Waits until {@code condition} holds.
   *
   * @param what what is waited for, for the message
   * @param context asked once the time is up: all that helps to see why
   * @throws AssertionError when the time is up
   */
  public void await(String what, BooleanSupplier condition, Supplier<String> context) {
    while (!condition.getAsBoolean()) {
      if (leftMillis() == 0) {
        throw new AssertionError(
            "not within " + total.toSeconds() + " s: " + what + "\n" + context.get());
      }
      pause();
    }
  }

  private static void pause() {
    try {
      Thread.sleep(POLL_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
  }
}
