package io.criulazy.client.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxy;
import ch.qos.logback.core.AppenderBase;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;

/**
 * Writes log events as criu writes them: {@code (SS.uuuuuu) message}, the time counted from the
 * beginning of the log, {@code Warn} or {@code Error} in front of what is one. Each event is one
 * write, so that several processes may share a file. Any thread.
 */
final class LogLines extends AppenderBase<ILoggingEvent> {

  private final OutputStream out;
  private final boolean stackTraces;
  private final long beginNs = System.nanoTime();

  /**
   * @param out where lines go; closed with the appender unless it is a standard stream
   */
  LogLines(OutputStream out, boolean stackTraces) {
    this.out = out;
    this.stackTraces = stackTraces;
  }

  @Override
  protected void append(ILoggingEvent event) {
    StringBuilder line = new StringBuilder(120);
    time(line, (System.nanoTime() - beginNs) / 1000);
    if (event.getLevel() == Level.ERROR) {
      line.append("Error ");
    } else if (event.getLevel() == Level.WARN) {
      line.append("Warn  ");
    }
    line.append(event.getFormattedMessage());
    if (event.getThrowableProxy() instanceof ThrowableProxy proxy) {
      throwable(line, proxy.getThrowable());
    }
    line.append('\n');
    try {
      out.write(line.toString().getBytes(StandardCharsets.UTF_8));
      out.flush();
    } catch (IOException e) {
      addError("the log can't be written", e);
    }
  }

  private void throwable(StringBuilder line, Throwable throwable) {
    if (stackTraces) {
      StringWriter text = new StringWriter();
      throwable.printStackTrace(new PrintWriter(text, true));
      line.append(' ').append(text.toString().stripTrailing());
    } else {
      line.append(' ').append(throwable);
    }
  }

  private static void time(StringBuilder line, long elapsedUs) {
    line.append('(');
    padded(line, elapsedUs / 1_000_000, 2);
    line.append('.');
    padded(line, elapsedUs % 1_000_000, 6);
    line.append(") ");
  }

  private static void padded(StringBuilder line, long number, int digits) {
    String text = Long.toString(number);
    for (int i = text.length(); i < digits; i++) {
      line.append('0');
    }
    line.append(text);
  }
}
