package io.criulazy.client.control;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A daemon's reports for people. The rates are those since the report before; the first one has
 * none. Used by one thread.
 */
public final class StatusText {
  private static final double MIB_PER_PAGE = 4096.0 / (1 << 20);
  private static final double BYTES_PER_MIB = 1 << 20;
  private static final double NS_PER_SECOND = 1e9;

  /** Of those that are over, so many are shown: the latest. */
  private static final int SHOWN_ENDED = 5;

  /** Of one restore. */
  private static final int SHOWN_PROCESSES = 10;

  private static final List<String> ENDED = List.of("complete", "failed", "cancelled");

  private final Map<String, Long> lastDelivered = new HashMap<>();
  private long lastNs;

  /**
   * The next view.
   *
   * @param nowNs when the report was made, in {@link System#nanoTime} terms
   */
  public String next(DaemonReport report, long nowNs) {
    double seconds = lastNs == 0 ? 0 : (nowNs - lastNs) / NS_PER_SECOND;
    lastNs = nowNs;
    StringBuilder text = new StringBuilder(1000);
    summary(text, report, seconds);
    List<RestoreReport> shown = shown(report.restores());
    if (!shown.isEmpty()) {
      text.append(
          "\n%-6s %-10s %17s %9s %8s %7s %7s %7s  %s%n"
              .formatted(
                  "id", "state", "MiB", "MiB/s", "faults", "p50", "p99", "oldest", "images"));
      shown.forEach(restore -> restore(text, restore, seconds));
    }
    lastDelivered
        .keySet()
        .removeIf(id -> !id.isEmpty() && shown.stream().noneMatch(r -> r.id().equals(id)));
    return text.toString();
  }

  private void summary(StringBuilder text, DaemonReport report, double seconds) {
    FaultReport faults = report.faults();
    long active = report.restores().stream().filter(r -> !ENDED.contains(r.state())).count();
    line(
        text,
        "%s: %d restores, %.0f MiB delivered, %s MiB/s",
        report.state(),
        active,
        report.pagesDelivered() * MIB_PER_PAGE,
        rate("", report.pagesDelivered(), seconds));
    line(
        text,
        "faults: %d answered, half within %s, 99 of 100 within %s; %d wait, the oldest for %s",
        faults.answered(),
        duration(faults.p50Seconds()),
        duration(faults.p99Seconds()),
        faults.waiting(),
        duration(faults.oldestAgeSeconds()));
  }

  private static List<RestoreReport> shown(List<RestoreReport> all) {
    long ended = all.stream().filter(r -> ENDED.contains(r.state())).count();
    return all.stream().skip(Math.max(0, ended - SHOWN_ENDED)).toList();
  }

  private void restore(StringBuilder text, RestoreReport restore, double seconds) {
    FaultReport faults = restore.faults();
    line(
        text,
        "%-6s %-10s %8.0f/%8.0f %9s %8d %7s %7s %7s  %s",
        restore.id(),
        restore.state(),
        restore.pagesDelivered() * MIB_PER_PAGE,
        (restore.pagesDelivered() + restore.pagesDue()) * MIB_PER_PAGE,
        rate(restore.id(), restore.pagesDelivered(), seconds),
        faults.answered(),
        duration(faults.p50Seconds()),
        duration(faults.p99Seconds()),
        duration(faults.oldestAgeSeconds()),
        restore.imagesDir());
    if (restore.source().isPresent()) {
      source(text, restore.source().get());
    }
    for (ProcessReport process : restore.processes().stream().limit(SHOWN_PROCESSES).toList()) {
      line(
          text,
          "       pid %-10s %-6s %.0f MiB due, %d faults wait",
          process.name(),
          process.state(),
          process.pagesDue() * MIB_PER_PAGE,
          process.faultsWaiting());
    }
    if (restore.processes().size() > SHOWN_PROCESSES) {
      line(text, "       and %d more", restore.processes().size() - SHOWN_PROCESSES);
    }
  }

  private static void source(StringBuilder text, SourceReport source) {
    String down = source.downSeconds() == 0 ? "" : ", gone for " + duration(source.downSeconds());
    line(
        text,
        "       from %s%s: %.0f MiB fetched, %d times connected again%s",
        String.join(",", source.addresses()),
        source.imageSet().isEmpty() ? "" : " (" + source.imageSet() + ")",
        source.fetchedBytes() / BYTES_PER_MIB,
        source.reconnects(),
        down);
  }

  private String rate(String id, long delivered, double seconds) {
    Long before = lastDelivered.put(id, delivered);
    return before == null || seconds <= 0
        ? "-"
        : String.format(Locale.ROOT, "%.0f", (delivered - before) * MIB_PER_PAGE / seconds);
  }

  private static String duration(double seconds) {
    if (seconds == 0) {
      return "-";
    }
    if (seconds < 1e-3) {
      return String.format(Locale.ROOT, "%.0fus", seconds * 1e6);
    }
    return seconds < 1
        ? String.format(Locale.ROOT, "%.0fms", seconds * 1e3)
        : String.format(Locale.ROOT, "%.1fs", seconds);
  }

  private static void line(StringBuilder text, String format, Object... values) {
    text.append(String.format(Locale.ROOT, format, values).stripTrailing()).append('\n');
  }
}
