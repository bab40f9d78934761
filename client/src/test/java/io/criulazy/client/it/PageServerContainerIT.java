package io.criulazy.client.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.dockerjava.api.command.CreateContainerCmd;
import com.github.dockerjava.api.model.AccessMode;
import com.github.dockerjava.api.model.Bind;
import com.github.dockerjava.api.model.Capability;
import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.Volume;
import io.criulazy.client.testing.Budget;
import io.criulazy.client.testing.Command;
import io.criulazy.client.testing.CriuRun;
import io.criulazy.client.testing.DockerEngine;
import io.criulazy.client.testing.LazyDaemon;
import io.criulazy.client.testing.Needs;
import io.criulazy.client.testing.Requirement;
import io.criulazy.client.testing.RoundTrip;
import io.criulazy.client.testing.Victim;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.images.builder.ImageFromDockerfile;

/**
 * The page server in a container, without root, capabilities or anything that it could write to.
 */
@Needs({
  Requirement.KERNEL,
  Requirement.CRIU,
  Requirement.GCC,
  Requirement.DISTRIBUTION,
  Requirement.DOCKER
})
class PageServerContainerIT {
  private static final String USER = "4242:4343";
  private static final Pattern PORT = Pattern.compile("Using (\\d+) port");

  @TempDir Path scratch;

  @Test
  @Timeout(120)
  void servesCriusClientsAndOursWithoutAnyPrivilege() throws IOException {
    Path images = RoundTrip.images(scratch);
    try (Victim victim = Victim.start(scratch, "pages", "mib=16", "touches=1000")) {
      CriuRun.dump(victim, images);
      victim.go();
      byte[] verdict = victim.verdict().bytes();
      Command.run(
          scratch,
          Budget.ofSeconds(5),
          Map.of(),
          List.of("chmod", "-R", "a+rX", images.toString()));
      try (DockerEngine engine = DockerEngine.start(scratch);
          GenericContainer<?> server = container(engine.hostImage(scratch), images)) {
        server.start();
        mustHaveNoPrivileges(server);
        String[] client = {
          "--page-server", "--address", "127.0.0.1", "--port", Integer.toString(port(server))
        };
        try (LazyDaemon criu = LazyDaemon.startCriu(images, client)) {
          CriuRun.lazyRestore(images).mustSucceed();
          RoundTrip.verify(victim, criu, 30);
        }
        victim.killAll();
        victim.verdict().reset(verdict);
        try (LazyDaemon ours = LazyDaemon.start(images, client)) {
          CriuRun.lazyRestore(images).mustSucceed();
          RoundTrip.verify(victim, ours, 30);
        }
      }
    }
  }

  private static GenericContainer<?> container(ImageFromDockerfile image, Path images)
      throws IOException {
    Path java = Path.of(System.getProperty("java.home")).toRealPath();
    List<Bind> binds = new ArrayList<>();
    binds.add(readOnly(Path.of("/usr"), "/usr"));
    binds.add(readOnly(java, java.toString()));
    for (Path configuration : javaConfigurations()) {
      binds.add(readOnly(configuration, configuration.toString()));
    }
    binds.add(readOnly(Requirement.DISTRIBUTION.path(), "/opt/criu-lazy"));
    binds.add(readOnly(images, "/images"));
    return new GenericContainer<>(image)
        .withNetworkMode("host")
        .withEnv("JAVA_HOME", java.toString())
        .withCreateContainerCmdModifier(command -> restrict(command, binds))
        .withCommand(
            "/opt/criu-lazy/bin/criu-lazy page-server -D /images --lazy-pages"
                + " --address 127.0.0.1 --port 0")
        .waitingFor(Wait.forLogMessage("(?s).*Using \\d+ port.*", 1));
  }

  /** Debian's JDKs have parts of themselves there. */
  private static List<Path> javaConfigurations() throws IOException {
    try (Stream<Path> all = Files.list(Path.of("/etc"))) {
      return all.filter(each -> each.getFileName().toString().startsWith("java-")).toList();
    }
  }

  private static Bind readOnly(Path host, String inside) {
    return new Bind(host.toString(), new Volume(inside), AccessMode.ro);
  }

  private static void restrict(CreateContainerCmd command, List<Bind> binds) {
    HostConfig host = command.getHostConfig();
    assertThat(host).isNotNull();
    host.withBinds(binds)
        .withCapDrop(Capability.ALL)
        .withReadonlyRootfs(true)
        .withSecurityOpts(List.of("no-new-privileges"))
        .withTmpFs(Map.of("/tmp", "rw"));
    command.withUser(USER);
  }

  private static void mustHaveNoPrivileges(GenericContainer<?> server) throws IOException {
    Long pid = server.getContainerInfo().getState().getPidLong();
    List<String> status = Files.readAllLines(Path.of("/proc", pid.toString(), "status"));
    assertThat(status)
        .contains("Uid:\t4242\t4242\t4242\t4242", "CapEff:\t0000000000000000", "NoNewPrivs:\t1");
  }

  private static int port(GenericContainer<?> server) {
    Matcher line = PORT.matcher(server.getLogs());
    assertThat(line.find()).as(server.getLogs()).isTrue();
    return Integer.parseInt(line.group(1));
  }
}
