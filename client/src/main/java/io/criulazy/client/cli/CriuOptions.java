package io.criulazy.client.cli;

import static io.criulazy.client.cli.CriuOption.NO_LETTER;
import static io.criulazy.client.cli.CriuOption.flag;
import static io.criulazy.client.cli.CriuOption.negatable;
import static io.criulazy.client.cli.CriuOption.with;

import io.criulazy.client.cli.CriuOption.Argument;
import io.criulazy.client.cli.Getopt.Given;
import java.nio.file.Path;
import java.util.List;

/**
 * The options that criu itself has for its lazy-pages daemon and its page server, under criu's
 * names and with criu's meaning. Paths are taken relative to the directory that criu takes them
 * relative to.
 *
 * <p>They are bound by hand: picocli's binding costs 0.2 s of processor time at each start, twice
 * what the JVM itself does, and whoever restores waits for it.
 */
final class CriuOptions {

  static final List<CriuOption> DECLARED =
      List.of(
          with(
              "images-dir",
              'D',
              "DIR",
              "directory with the image files (default: the current one)"),
          with(
              "work-dir",
              'W',
              "DIR",
              "directory of the socket, the log and the pidfile\n(default: that of the images)"),
          with(
              "log-file",
              'o',
              "FILE",
              "write the log to FILE in the work directory, - for stdout\n(default: stderr)"),
          new CriuOption(
              "verbosity",
              'v',
              Argument.OPTIONAL,
              false,
              "N",
              "-v0 nothing, -v1 errors, -v2 warnings (default), -v3 what\n"
                  + "happens, -v4 everything; -v, -vv: one, two more than that"),
          negatable("daemon", 'd', "go to the background as soon as the socket is there"),
          negatable("restore-detached", NO_LETTER, "the same as --daemon"),
          with(
              "pidfile",
              NO_LETTER,
              "FILE",
              "with -d: write the daemon's pid to FILE in the work directory"),
          with(
              "status-fd",
              NO_LETTER,
              "FD",
              "write one NUL byte to this descriptor when the socket is there"),
          negatable("page-server", NO_LETTER, "fetch the pages from a page server, ours or criu's"),
          with(
              "address",
              NO_LETTER,
              "ADDR",
              "of the page server, or unix:PATH; several, with commas,\nhave the same images"),
          with("port", NO_LETTER, "PORT", "of the page server"),
          with("ps-socket", NO_LETTER, "FD", "refused: a JVM can't take a connection over"),
          negatable("tls", NO_LETTER, "TLS to the page server, certificates on both sides"),
          with(
              "tls-cacert",
              NO_LETTER,
              "FILE",
              "who signed its certificate (/etc/pki/CA/cacert.pem)"),
          with("tls-cacrl", NO_LETTER, "FILE", "revoked certificates (/etc/pki/CA/cacrl.pem)"),
          with("tls-cert", NO_LETTER, "FILE", "our certificate (/etc/pki/criu/cert.pem)"),
          with("tls-key", NO_LETTER, "FILE", "our private key (/etc/pki/criu/private/key.pem)"),
          flag("tls-no-cn-verify", NO_LETTER, "do not ask that its certificate carries ADDR"),
          flag("lazy-pages", NO_LETTER, "for criu's other commands; taken for granted here"),
          with(
              "config",
              NO_LETTER,
              "FILE",
              "read options from FILE instead of criu's default files"),
          flag(
              "no-default-config",
              NO_LETTER,
              "do not read /etc/criu/default.conf, $HOME/.criu/default.conf"),
          flag("version", 'V', "print the version and exit; more of it with -v"),
          flag("help", 'h', "print this help and exit"));

  /** criu's default: errors and warnings. */
  private static final int DEFAULT_VERBOSITY = 2;

  private static final int MAX_VERBOSITY = 4;

  private Path imagesDir = Path.of(".");
  private Path workDir;
  private String logFile;
  private int verbosity = DEFAULT_VERBOSITY;
  private boolean daemon;
  private Path pidfile;
  private Integer statusFd;
  private boolean pageServer;
  private boolean version;
  private boolean help;

  /**
   * Takes the options that are criu's out of all that were given.
   *
   * @throws UsageException if an argument is not what the option needs
   */
  static CriuOptions of(List<Given> given) throws UsageException {
    CriuOptions options = new CriuOptions();
    for (Given option : given) {
      options.take(option);
    }
    return options;
  }

  private void take(Given given) throws UsageException {
    String value = given.value();
    boolean on = !given.negated();
    switch (given.option().longName()) {
      case "images-dir" -> imagesDir = Path.of(value);
      case "work-dir" -> workDir = Path.of(value);
      case "log-file" -> logFile = value;
      case "verbosity" -> verbosity = verbosity(verbosity, value);
      case "daemon", "restore-detached" -> daemon = on;
      case "pidfile" -> pidfile = Path.of(value);
      case "status-fd" -> statusFd = number(given);
      case "page-server" -> pageServer = on;
      case "version" -> version = true;
      case "help" -> help = true;
      default -> {
        // what remains only matters together with one of the above
      }
    }
  }

  /** Absolute. */
  Path imagesDir() {
    return imagesDir.toAbsolutePath().normalize();
  }

  /** Absolute. */
  Path workDir() {
    return workDir == null ? imagesDir() : workDir.toAbsolutePath().normalize();
  }

  /** Absolute, or null: the log goes to a standard stream. */
  Path logFile() {
    return logFile == null || isLogOnStdout() ? null : workDir().resolve(logFile);
  }

  boolean isLogOnStdout() {
    return "-".equals(logFile);
  }

  /** 0 (nothing) to 4 (everything). */
  int verbosity() {
    return Math.min(verbosity, MAX_VERBOSITY);
  }

  boolean isDaemon() {
    return daemon;
  }

  /** Absolute, or null. */
  Path pidfile() {
    return pidfile == null ? null : workDir().resolve(pidfile);
  }

  /** A file descriptor's number, or null. */
  Integer statusFd() {
    return statusFd;
  }

  /** Whether the pages are to come from elsewhere. */
  boolean isPageServer() {
    return pageServer;
  }

  boolean isVersion() {
    return version;
  }

  boolean isHelp() {
    return help;
  }

  /**
   * Checks that the images and the work directory are there.
   *
   * @throws CommandException if one is not
   */
  void requireDirectories() throws CommandException {
    Directories.require("-D", imagesDir());
    Directories.require("-W", workDir());
  }

  private static int verbosity(int before, String value) throws UsageException {
    String given = value == null ? "" : value;
    if (given.chars().allMatch(c -> c == 'v')) {
      return before + given.length() + 1;
    }
    if (given.length() <= 2 && given.chars().allMatch(Character::isDigit)) {
      return Integer.parseInt(given);
    }
    throw new UsageException("option -v" + given + " is none of -v0 to -v4, -v, -vv");
  }

  static int number(Given given) throws UsageException {
    String value = given.value();
    if (value.isEmpty() || value.length() > 9 || !value.chars().allMatch(Character::isDigit)) {
      throw new UsageException(
          "option --" + given.option().longName() + " needs a number, not '" + value + "'");
    }
    return Integer.parseInt(value);
  }
}
