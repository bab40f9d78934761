package io.criulazy.client.cli;

import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Option;

/**
 * The options that criu itself has for its lazy-pages daemon and its page server, under criu's
 * names and with criu's meaning. Paths are taken relative to the directory that criu takes them
 * relative to.
 */
final class CriuOptions {

  /** criu's default: errors and warnings. */
  private static final int DEFAULT_VERBOSITY = 2;

  private static final int MAX_VERBOSITY = 4;

  @Option(
      names = {"-D", "--images-dir"},
      paramLabel = "DIR",
      description = "directory with the image files (default: the current one)")
  private Path imagesDir = Path.of(".");

  @Option(
      names = {"-W", "--work-dir"},
      paramLabel = "DIR",
      description = "directory of the socket, log and pidfile (default: that of the images)")
  private Path workDir;

  @Option(
      names = {"-o", "--log-file"},
      paramLabel = "FILE",
      description = "write the log to FILE in the work directory, - for stdout (default: stderr)")
  private String logFile;

  @Option(
      names = {"-v", "--verbosity"},
      arity = "0..1",
      paramLabel = "N",
      description =
          "-v0 nothing, -v1 errors, -v2 warnings (default), -v3 what happens, -v4 everything;"
              + " -v, -vv: one, two more than the default")
  private List<String> verbosity = List.of();

  @Option(
      names = {"-d", "--daemon", "--restore-detached"},
      negatable = true,
      description = "go to the background as soon as the socket is there")
  private boolean daemon;

  @Option(
      names = "--pidfile",
      paramLabel = "FILE",
      description = "with -d: write the daemon's pid to FILE in the work directory")
  private Path pidfile;

  @Option(
      names = "--status-fd",
      paramLabel = "FD",
      description = "write one NUL byte to this file descriptor when the socket is there")
  private Integer statusFd;

  @Option(
      names = "--page-server",
      negatable = true,
      description = "fetch the pages from a page server (not yet)")
  private boolean pageServer;

  @Option(names = "--address", paramLabel = "ADDR", description = "of the page server (not yet)")
  private String address;

  @Option(names = "--port", paramLabel = "PORT", description = "of the page server (not yet)")
  private Integer port;

  @Option(names = "--ps-socket", paramLabel = "FD", hidden = true)
  private Integer pageServerSocket;

  @Option(names = "--lazy-pages", hidden = true)
  private boolean lazyPages;

  @Option(names = "--tls", negatable = true, description = "TLS to the page server (not yet)")
  private boolean tls;

  @Option(names = "--tls-cacert", paramLabel = "FILE", hidden = true)
  private Path tlsCaCert;

  @Option(names = "--tls-cacrl", paramLabel = "FILE", hidden = true)
  private Path tlsCaCrl;

  @Option(names = "--tls-cert", paramLabel = "FILE", hidden = true)
  private Path tlsCert;

  @Option(names = "--tls-key", paramLabel = "FILE", hidden = true)
  private Path tlsKey;

  @Option(names = "--tls-no-cn-verify", hidden = true)
  private boolean tlsNoCnVerify;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "read options from FILE instead of criu's default configuration files")
  private String config;

  @Option(
      names = "--no-default-config",
      description = "do not read /etc/criu/default.conf and $HOME/.criu/default.conf")
  private boolean noDefaultConfig;

  @Option(
      names = {"-V", "--version"},
      description = "print the version and exit; more of it with -v")
  private boolean version;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "print this help and exit")
  private boolean help;

  /** Absolute. */
  Path imagesDir() {
    return imagesDir.toAbsolutePath().normalize();
  }

  /** Absolute. */
  Path workDir() {
    return workDir == null ? imagesDir() : workDir.toAbsolutePath().normalize();
  }

  /** Absolute, or null: the log goes to the standard error stream. */
  Path logFile() {
    return logFile == null || isLogOnStdout() ? null : workDir().resolve(logFile);
  }

  boolean isLogOnStdout() {
    return "-".equals(logFile);
  }

  /** Absolute, or null. */
  Path pidfile() {
    return pidfile == null ? null : workDir().resolve(pidfile);
  }

  /** A file descriptor's number, or null. */
  Integer statusFd() {
    return statusFd;
  }

  boolean isDaemon() {
    return daemon;
  }

  boolean isPageServer() {
    return pageServer || tls || pageServerSocket != null;
  }

  boolean isVersion() {
    return version;
  }

  /**
   * 0 (nothing) to 4 (everything).
   *
   * @throws UsageException if a -v has something other than a number or more v's
   */
  int verbosity() throws UsageException {
    int level = DEFAULT_VERBOSITY;
    for (String given : verbosity) {
      if (given.chars().allMatch(c -> c == 'v')) {
        level += given.length() + 1;
      } else if (given.length() <= 2 && given.chars().allMatch(Character::isDigit)) {
        level = Integer.parseInt(given);
      } else {
        throw new UsageException("option -v" + given + " is none of -v0 to -v4, -v, -vv");
      }
    }
    return Math.min(level, MAX_VERBOSITY);
  }
}
