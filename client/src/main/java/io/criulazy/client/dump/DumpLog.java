package io.criulazy.client.dump;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;

/** The engine's log: lines with the seconds since its beginning, as criu's have. One thread. */
final class DumpLog implements AutoCloseable {
  private final long startNs = System.nanoTime();
  private final boolean silent;
  private final BufferedWriter out;

  /**
   * @param verbosity 0 for nothing
   */
  DumpLog(Path file, int verbosity) throws IOException {
    silent = verbosity == 0;
    out = Files.newBufferedWriter(file, StandardCharsets.UTF_8);
  }

  void say(String format, Object... arguments) throws IOException {
    if (!silent) {
      double seconds = Duration.ofNanos(System.nanoTime() - startNs).toNanos() / 1e9;
      out.write(String.format(Locale.ROOT, "(%09.6f) ", seconds));
      out.write(String.format(Locale.ROOT, format, arguments));
      out.newLine();
    }
  }

  @Override
  public void close() throws IOException {
    out.close();
  }
}
