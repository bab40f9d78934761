package io.criulazy.client.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.core.spi.ContextAwareBase;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sets the log up in code, since reading a configuration file would cost more than the rest of the
 * start: criu's levels, one line a write, to one stream.
 *
 * <p>Logback finds this class as its configurator; until {@link #start} is called warnings and
 * errors go to the standard error stream.
 */
public final class Log extends ContextAwareBase implements Configurator {

  private static final Level[] LEVELS = {
    Level.OFF, Level.ERROR, Level.WARN, Level.INFO, Level.DEBUG
  };

  private static final int DEFAULT_VERBOSITY = 2;

  @Override
  public ExecutionStatus configure(LoggerContext context) {
    configure(context, DEFAULT_VERBOSITY, new FileOutputStream(FileDescriptor.err));
    return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
  }

  /**
   * Begins the log that the options ask for.
   *
   * @throws CommandException if the log file can't be made
   */
  static void start(CriuOptions options) throws CommandException {
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    configure(context, options.verbosity(), stream(options));
  }

  /**
   * Begins a log of that verbosity.
   *
   * @param verbosity 0 to 4; less and more are taken as these
   * @param file gets it; null: the standard error stream
   * @throws CommandException if the log file can't be made
   */
  static void start(int verbosity, Path file) throws CommandException {
    start(verbosity, file == null ? new FileOutputStream(FileDescriptor.err) : create(file));
  }

  /**
   * The same, but goes on with a file that is there: it is the supervisor's, too.
   *
   * @throws CommandException if the log file can't be written to
   */
  static void resume(int verbosity, Path file) throws CommandException {
    start(verbosity, file == null ? new FileOutputStream(FileDescriptor.err) : append(file));
  }

  private static void start(int verbosity, OutputStream out) {
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    configure(context, Math.max(0, Math.min(verbosity, LEVELS.length - 1)), out);
  }

  private static OutputStream append(Path file) throws CommandException {
    try {
      return Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new CommandException("cannot write the log " + file + ": " + e, e);
    }
  }

  private static void configure(LoggerContext context, int verbosity, OutputStream out) {
    LogLines lines = new LogLines(out, verbosity == LEVELS.length - 1);
    lines.setContext(context);
    lines.start();
    ch.qos.logback.classic.Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
    root.detachAndStopAllAppenders();
    root.addAppender(lines);
    // what the libraries say below a warning is of no use to who restores processes
    root.setLevel(LEVELS[Math.min(verbosity, DEFAULT_VERBOSITY)]);
    context.getLogger("io.criulazy").setLevel(LEVELS[verbosity]);
  }

  private static OutputStream stream(CriuOptions options) throws CommandException {
    Path file = options.logFile();
    if (file == null) {
      return new FileOutputStream(
          options.isLogOnStdout() ? FileDescriptor.out : FileDescriptor.err);
    }
    return create(file);
  }

  private static OutputStream create(Path file) throws CommandException {
    try {
      Files.deleteIfExists(file);
      Files.createFile(
          file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      return Files.newOutputStream(file, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new CommandException(
          "cannot write the log file " + file + ": " + e + ". Choose another one with -o", e);
    }
  }
}
