package io.criulazy.client.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.criulazy.client.testing.Budget;
import io.criulazy.client.testing.Certificates;
import io.criulazy.client.testing.Command;
import io.criulazy.client.testing.CommittedImages;
import io.criulazy.client.testing.Needs;
import io.criulazy.client.testing.Requirement;
import io.criulazy.client.testing.ResidentDaemonRig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code criu-lazy daemon} as a page server, asked by a client that was written from
 * docs/wire-protocol.md in another language.
 */
@Needs({Requirement.KERNEL, Requirement.PYTHON, Requirement.DISTRIBUTION})
@Timeout(60)
class DaemonPagesIT {
  private static final Path PEER = Path.of("src/test/python/wire_peer.py").toAbsolutePath();

  /** Its pages file is no task's. */
  private static final int SHARED_MEMORY_BYTES = 4 * 4096;

  private static final int FAILURE = 3;
  private static final int ENDED = 4;

  @TempDir Path scratch;
  private Path images;
  private Path socket;

  @BeforeEach
  void writeImages() throws IOException {
    Files.setPosixFilePermissions(scratch, PosixFilePermissions.fromString("rwxr-xr-x"));
    images = CommittedImages.copyTo(Files.createDirectories(scratch.resolve("root/a/b")));
    for (Path pages : pagesFiles()) {
      byte[] noise = new byte[(int) Files.size(pages)];
      new Random(pages.getFileName().hashCode()).nextBytes(noise);
      Files.write(pages, noise);
    }
    socket = scratch.resolve("pages/pages.sock");
  }

  @Test
  void theUnixSocketGrantsThePagesFilesToThoseOnTheList() throws Exception {
    String[] options = {
      "--root", root(), "--socket", socket.toString(), "--allow-uid", "4242", "--allow-gid", "4343"
    };
    try (ResidentDaemonRig daemon = ResidentDaemonRig.start(scratch, options)) {
      long before = daemon.openFiles();
      String found = mustAsk("unix:" + socket, "a/b", "open", "grant", "compare");
      for (Path pages : pagesFiles()) {
        if (Files.size(pages) > SHARED_MEMORY_BYTES) {
          assertThat(found).contains(Files.size(pages) + " read-only " + sha256(pages));
        }
      }
      assertThat(found).containsPattern("opened [0-9a-f]{16} 1956 1959\n").contains("\ncompared ");
      daemon.awaitOpenFiles(before, Budget.ofSeconds(10));

      assertThat(ask(List.of(), "unix:" + socket, "../root/a/b", "open").output())
          .contains("failure NO_SUCH_IMAGES");
      assertThat(ask(List.of(), "unix:" + socket, "a/b", "grant", "grant").output())
          .contains("failure NOT_GRANTED");
      assertThat(Files.getPosixFilePermissions(socket))
          .isEqualTo(PosixFilePermissions.fromString("rw-rw-rw-"));
      assertThat(askAs("--reuid", "65534").exitCode()).isEqualTo(ENDED);
      assertThat(askAs("--reuid", "65534", "--regid", "65534").exitCode()).isEqualTo(ENDED);
      assertThat(askAs("--reuid", "4242").exitCode()).isZero();
      assertThat(askAs("--reuid", "65534", "--regid", "4343").exitCode()).isZero();
      assertThat(daemon.output()).contains("uid 65534 may not: only root and uid 0, uids [4242]");
    }
  }

  @Test
  void otherHostsNeedTls13AndACertificate() throws Exception {
    Path pki = Files.createDirectory(scratch.resolve("pki"));
    Certificates.in(pki).sign("server", "127.0.0.1").sign("client", "127.0.0.1");
    Certificates.in(Files.createDirectory(pki.resolve("other"))).sign("client", "127.0.0.1");
    String[] options = {
      "--root",
      root(),
      "--address",
      "0.0.0.0",
      "--port",
      "0",
      "--tls-cert",
      pki.resolve("server.pem").toString(),
      "--tls-key",
      pki.resolve("server.key").toString(),
      "--tls-cacert",
      pki.resolve("authority.pem").toString()
    };
    try (ResidentDaemonRig daemon = ResidentDaemonRig.start(scratch, options)) {
      String address = "127.0.0.1:" + port(daemon);
      List<String> client = identity(pki.resolve("client"));
      assertThat(ask(tls("1.3", pki, client), address, "a/b", "open"))
          .satisfies(outcome -> assertThat(outcome.exitCode()).as(outcome.output()).isZero());
      assertThat(ask(tls("1.2", pki, client), address, "a/b", "open"))
          .satisfies(
              outcome -> {
                assertThat(outcome.exitCode()).as(outcome.output()).isEqualTo(FAILURE);
                assertThat(outcome.output()).contains("NOT_GRANTED", "TLS 1.3", "TLSv1.2");
              });
      assertThat(ask(tls("1.3", pki, client), address, "a/b", "grant").output())
          .contains("failure NOT_GRANTED");
      assertEnded(ask(tls("1.3", pki, List.of()), address, "a/b", "open"));
      assertEnded(
          ask(tls("1.3", pki, identity(pki.resolve("other/client"))), address, "a/b", "open"));
      assertEnded(ask(List.of(), address, "a/b", "open"));
    }
  }

  @Test
  void nothingIsServedToOtherHostsUnasked() {
    String[][] nonsense = {
      {"--root", root(), "--address", "0.0.0.0", "--port", "0"},
      {"--root", root()},
      {"--socket", socket.toString()},
      {"--root", scratch.resolve("none").toString(), "--port", "0"}
    };
    String[] says = {"without TLS", "no place is given", "no images are given", "none"};
    String control = scratch.resolve("control.sock").toString();
    for (int i = 0; i < nonsense.length; i++) {
      List<String> argv = new ArrayList<>(List.of(program(), "daemon", "--control", control));
      argv.addAll(List.of(nonsense[i]));
      Command.Outcome outcome = Command.run(scratch, Budget.ofSeconds(20), Map.of(), argv);
      assertThat(outcome.exitCode()).isEqualTo(1);
      assertThat(outcome.output()).contains(says[i]);
    }
  }

  private String root() {
    return scratch.resolve("root").toString();
  }

  private static String program() {
    return Requirement.DISTRIBUTION.path().resolve("bin/criu-lazy").toString();
  }

  private static int port(ResidentDaemonRig daemon) {
    Matcher line = Pattern.compile("listening on .*:(\\d+)").matcher(daemon.output());
    assertThat(line.find()).as(daemon.output()).isTrue();
    return Integer.parseInt(line.group(1));
  }

  private static List<String> tls(String version, Path pki, List<String> identity) {
    List<String> options = new ArrayList<>(List.of("--tls", version));
    options.addAll(List.of("--ca", pki.resolve("authority.pem").toString()));
    options.addAll(identity);
    return options;
  }

  private static List<String> identity(Path name) {
    return List.of("--cert", name + ".pem", "--key", name + ".key");
  }

  private static void assertEnded(Command.Outcome outcome) {
    assertThat(outcome.exitCode()).as(outcome.output()).isEqualTo(ENDED);
  }

  private Command.Outcome askAs(String... identity) {
    List<String> argv = new ArrayList<>(List.of("setpriv", "--clear-groups"));
    argv.addAll(List.of(identity));
    argv.addAll(List.of("python3", readablePeer(), "unix:" + socket, "a/b", "grant"));
    Map<String, String> path = Map.of("PATH", "/usr/bin:/bin"); // root's may be closed to others
    return Command.run(Path.of("/"), Budget.ofSeconds(20), path, argv);
  }

  /** The repository may be where only root can look. */
  private String readablePeer() {
    Path copy = scratch.resolve("wire_peer.py");
    try {
      if (!Files.exists(copy)) {
        Files.copy(PEER, copy);
      }
      return copy.toString();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private String mustAsk(String address, String set, String... steps) {
    Command.Outcome outcome = ask(List.of(), address, set, steps);
    assertThat(outcome.exitCode()).as(outcome.output()).isZero();
    return outcome.output();
  }

  private Command.Outcome ask(List<String> options, String address, String set, String... steps) {
    List<String> argv = new ArrayList<>(List.of(Requirement.PYTHON.path().toString()));
    argv.add(PEER.toString());
    argv.addAll(options);
    argv.addAll(List.of(address, set));
    argv.addAll(List.of(steps));
    return Command.run(scratch, Budget.ofSeconds(20), Map.of(), argv);
  }

  private List<Path> pagesFiles() throws IOException {
    try (var all = Files.list(images)) {
      return all.filter(file -> file.getFileName().toString().startsWith("pages-")).toList();
    }
  }

  private static String sha256(Path file) throws Exception {
    return HexFormat.of()
        .formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
  }
}
