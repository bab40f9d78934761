package io.criulazy.client.testing;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.testcontainers.images.builder.ImageFromDockerfile;

/**
 * A Docker engine of the tests' own: it listens where DOCKER_HOST of the tests' environment says,
 * pulls nothing, and has no network but the host's.
 */
public final class DockerEngine implements AutoCloseable {
  private static final String UNIX = "unix://";

  private final RunningProgram engine;
  private final Path scratch;

  private DockerEngine(RunningProgram engine, Path scratch) {
    this.engine = engine;
    this.scratch = scratch;
  }

  /**
   * Starts it.
   *
   * @param scratch has room for images
   */
  public static DockerEngine start(Path scratch) {
    String host = System.getenv("DOCKER_HOST");
    if (host == null || !host.startsWith(UNIX)) {
      throw new IllegalStateException("DOCKER_HOST is to be unix://PATH: see client/pom.xml");
    }
    List<String> argv =
        List.of(
            Requirement.DOCKER.path().toString(),
            "--host=" + host,
            "--data-root=" + scratch.resolve("docker"),
            "--exec-root=" + scratch.resolve("docker-run"),
            "--pidfile=" + scratch.resolve("docker.pid"),
            "--storage-driver=vfs",
            "--bridge=none",
            "--iptables=false");
    RunningProgram engine = RunningProgram.start(scratch.resolve("docker.log"), Map.of(), argv);
    Path socket = Path.of(host.substring(UNIX.length()));
    engine.awaitUp(
        "the Docker engine listens",
        Budget.ofSeconds(30),
        () -> Files.exists(socket) && engine.output().contains("API listen on"));
    return new DockerEngine(engine, scratch);
  }

  /**
   * Describes an image that has nothing in it but directories to mount this host's programs at, so
   * that nothing has to be pulled.
   */
  public ImageFromDockerfile hostImage(Path scratch) {
    String script =
        "mkdir -p root && cd root && mkdir -p usr proc sys dev tmp etc opt images"
            + " && for each in bin sbin lib lib64; do ln -s usr/$each $each; done"
            + " && tar -c -f ../root.tar .";
    Command.mustRun(scratch, Budget.ofSeconds(10), List.of("sh", "-c", script));
    return new ImageFromDockerfile("criu-lazy-test:local", true)
        .withFileFromPath("root.tar", scratch.resolve("root.tar"))
        .withFileFromString("Dockerfile", "FROM scratch\nADD root.tar /\n");
  }

  /** Ends it, and takes the network namespace away that it leaves mounted. */
  @Override
  public void close() {
    engine.signal("TERM");
    if (!engine.ends(Budget.ofSeconds(15))) {
      engine.close();
    }
    String script = "for each in docker-run/netns/*; do umount \"$each\" || true; done";
    Command.mustRun(scratch, Budget.ofSeconds(10), List.of("sh", "-c", script));
  }
}
