package io.criulazy.client.testing;

import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A page server, ours or criu's, on a port of 127.0.0.1 that it chose itself. */
public final class PageServerProcess extends RunningProgram {
  private static final Pattern PORT = Pattern.compile("Using (\\d+) port");

  private PageServerProcess(RunningProgram program) {
    super(program);
  }

  /**
   * Starts {@code criu-lazy page-server} and waits until it listens. Its pages come over the
   * network, as if it was on another host.
   *
   * @param log gets what it writes to stdout and stderr
   */
  public static PageServerProcess start(Path log, Path images, String... options) {
    List<String> all = new ArrayList<>(List.of(options));
    all.add("--no-short-circuit");
    return startNear(log, images, all.toArray(String[]::new));
  }

  /** The same, but clients of this host may go round the network. */
  public static PageServerProcess startNear(Path log, Path images, String... options) {
    String ours = Requirement.DISTRIBUTION.path().resolve("bin/criu-lazy").toString();
    return start(ours, log, images, List.of(options), Map.of());
  }

  /**
   * Starts {@code criu-lazy page-server} on a port of 127.0.0.1 and waits until it listens; it
   * tells nobody which port it has.
   */
  public static PageServerProcess startAt(int port, Path log, Path images, String... options) {
    String ours = Requirement.DISTRIBUTION.path().resolve("bin/criu-lazy").toString();
    List<String> argv = new ArrayList<>(List.of(ours, "page-server", "-D", images.toString()));
    argv.addAll(List.of("--address", "127.0.0.1", "--port", Integer.toString(port)));
    argv.add("--no-short-circuit");
    argv.addAll(List.of(options));
    PageServerProcess server = new PageServerProcess(start(log, Map.of(), argv));
    server.awaitUp("the page server listens", Budget.ofSeconds(30), () -> answers(port));
    return server;
  }

  private static boolean answers(int port) {
    try (Socket socket = new Socket("127.0.0.1", port)) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  /** The same with {@code --lazy-pages} on a unix socket. */
  public static PageServerProcess startAt(Path log, Path images, Path socket) {
    List<String> argv =
        List.of(
            Requirement.DISTRIBUTION.path().resolve("bin/criu-lazy").toString(),
            "page-server",
            "--lazy-pages",
            "-D",
            images.toString(),
            "--address",
            "unix:" + socket);
    PageServerProcess server = new PageServerProcess(start(log, Map.of(), argv));
    server.awaitUp("it listens", Budget.ofSeconds(30), () -> Files.exists(socket));
    return server;
  }

  /** The same with a heap of so many MiB. */
  public static PageServerProcess startSmall(
      Path log, int heapMebibytes, Path images, String... options) {
    String ours = Requirement.DISTRIBUTION.path().resolve("bin/criu-lazy").toString();
    Map<String, String> heap = Map.of("CRIU_LAZY_JAVA_OPTS", "-Xmx" + heapMebibytes + "m");
    return start(ours, log, images, List.of(options), heap);
  }

  /**
   * Starts {@code criu-lazy page-server --lazy-pages} somewhere else, open to all who can reach it.
   *
   * @param prefix what a command has to begin with to be run there
   */
  public static PageServerProcess startIn(
      List<String> prefix, String address, Path log, Path images) {
    List<String> argv = new ArrayList<>(prefix);
    argv.add(Requirement.DISTRIBUTION.path().resolve("bin/criu-lazy").toString());
    argv.addAll(List.of("page-server", "--lazy-pages", "--plain", "-D", images.toString()));
    argv.addAll(List.of("--address", address));
    return announced(new PageServerProcess(start(log, Map.of(), argv)));
  }

  /** Starts {@code criu page-server} and waits until it listens. */
  public static PageServerProcess startCriu(Path log, Path images, String... options) {
    List<String> all = new ArrayList<>(List.of("-v4", "-o", "-"));
    all.addAll(List.of(options));
    return start(Requirement.CRIU.path().toString(), log, images, all, Map.of());
  }

  private static PageServerProcess start(
      String command,
      Path log,
      Path images,
      List<String> options,
      Map<String, String> environment) {
    List<String> argv = new ArrayList<>(List.of(command, "page-server", "-D", images.toString()));
    argv.addAll(List.of("--address", "127.0.0.1"));
    argv.addAll(options);
    return announced(new PageServerProcess(start(log, environment, argv)));
  }

  private static PageServerProcess announced(PageServerProcess server) {
    server.awaitUp(
        "the page server listens",
        Budget.ofSeconds(30),
        () -> PORT.matcher(server.output()).find());
    return server;
  }

  /** Where it listens. */
  public int port() {
    Matcher matcher = PORT.matcher(output());
    if (!matcher.find()) {
      throw new IllegalStateException("no port in " + output());
    }
    return Integer.parseInt(matcher.group(1));
  }

  /** What a criu needs to find it, and {@code more}. */
  public String[] clientOptions(String... more) {
    List<String> options = new ArrayList<>();
    options.addAll(List.of("--page-server", "--address", "127.0.0.1"));
    options.addAll(List.of("--port", Integer.toString(port())));
    options.addAll(List.of(more));
    return options.toArray(String[]::new);
  }
}
