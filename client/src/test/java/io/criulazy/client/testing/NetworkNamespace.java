package io.criulazy.client.testing;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A network namespace that is linked with ours by a cable of two addresses. */
public final class NetworkNamespace implements AutoCloseable {
  private static final String NET = "10.213.77.";

  private final String name;
  private final String cable;

  private NetworkNamespace(String name) {
    this.name = name;
    this.cable = name + "o";
  }

  /** Makes one. */
  public static NetworkNamespace make() {
    NetworkNamespace made = new NetworkNamespace("cl" + ProcessHandle.current().pid() % 1_000_000);
    made.close();
    String inner = made.name + "i";
    ip("netns", "add", made.name);
    ip("link", "add", made.cable, "type", "veth", "peer", "name", inner, "netns", made.name);
    ip("addr", "add", made.outside() + "/30", "dev", made.cable);
    ip("link", "set", made.cable, "up");
    ip("-n", made.name, "addr", "add", NET + "2/30", "dev", inner);
    ip("-n", made.name, "link", "set", inner, "up");
    return made;
  }

  private static void ip(String... arguments) {
    List<String> argv = new ArrayList<>(List.of("ip"));
    argv.addAll(List.of(arguments));
    Command.mustRun(Path.of("/"), Budget.ofSeconds(10), argv);
  }

  /** Our address, as it is seen from inside. */
  public String outside() {
    return NET + "1";
  }

  /** What a command has to begin with to be run inside. */
  public List<String> prefix() {
    return List.of("ip", "netns", "exec", name);
  }

  /** Ends it, and whatever an earlier one of that name has left. */
  @Override
  public void close() {
    Command.run(
        Path.of("/"),
        Budget.ofSeconds(10),
        Map.of(),
        List.of("sh", "-c", "ip link del " + cable + "; ip netns del " + name));
  }
}
