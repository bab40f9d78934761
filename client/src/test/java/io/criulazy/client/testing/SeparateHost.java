package io.criulazy.client.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What is another host to criu: a network, a pid and a mount namespace, with a cable to another one
 * or to ours. All of it is gone when it is closed.
 */
public final class SeparateHost implements AutoCloseable {
  /** Its first pids are above those that restores in other namespaces have in use. */
  private static final String KEEP =
      "echo 7000 > /proc/sys/kernel/ns_last_pid && ip link set lo up && exec sleep 600";

  private final Process holder;
  private final long root;

  private SeparateHost(Process holder, long root) {
    this.holder = holder;
    this.root = root;
  }

  /** Makes one without any cable. */
  public static SeparateHost start() {
    List<String> argv = new ArrayList<>(List.of("unshare", "-n", "-p", "-f", "--mount-proc"));
    argv.addAll(List.of("--kill-child", "sh", "-c", KEEP));
    Process holder;
    try {
      holder = Command.quiet(argv).start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Budget.ofSeconds(10)
        .await("another host", () -> holder.children().anyMatch(SeparateHost::isUp), () -> "");
    return new SeparateHost(holder, holder.children().findFirst().orElseThrow().pid());
  }

  private static boolean isUp(ProcessHandle child) {
    return child.info().command().orElse("").endsWith("sleep");
  }

  /** Lays a cable between two; the first one gets address 1 of the net, the second one 2. */
  public static void connect(SeparateHost first, SeparateHost second, String net) {
    connect(first.root, second.root, net);
  }

  /** Lays a cable to us, who get address 1 of the net; this one gets 2. */
  public void connectToUs(String net) {
    connect(ProcessHandle.current().pid(), root, net);
  }

  private static void connect(long first, long second, String net) {
    String plug = "clz" + second % 10_000_000;
    ip("link", "add", plug + "a", "netns", first + "", "type", "veth", "peer", "name", plug + "b");
    ip("link", "set", plug + "b", "netns", second + "");
    plugIn(first, plug + "a", net + "1/30");
    plugIn(second, plug + "b", net + "2/30");
  }

  private static void plugIn(long where, String plug, String address) {
    String[] in = {"nsenter", "-n", "-t", Long.toString(where), "ip"};
    run(in, "addr", "add", address, "dev", plug);
    run(in, "link", "set", plug, "up");
  }

  private static void ip(String... arguments) {
    run(new String[] {"ip"}, arguments);
  }

  private static void run(String[] first, String... more) {
    List<String> argv = new ArrayList<>(List.of(first));
    argv.addAll(List.of(more));
    Command.mustRun(Path.of("/"), Budget.ofSeconds(10), argv);
  }

  /** What a command has to begin with to have this one's network, and our pids and files. */
  public List<String> network() {
    return List.of("nsenter", "-n", "-t", Long.toString(root), "--");
  }

  /** Starts a program on it; {@code log} is ours. */
  RunningProgram run(Path log, List<String> argv) {
    List<String> inside = new ArrayList<>(List.of("nsenter", "-n", "-p", "-m", "-t", "" + root));
    // Our /dev/null is not this host's: criu can't dump who has it open.
    inside.addAll(List.of("--", "sh", "-c", "exec \"$@\" < /dev/null > /dev/null 2>&1", "sh"));
    inside.addAll(argv);
    return RunningProgram.start(log, Map.of(), inside);
  }

  @Override
  public void close() {
    holder.destroyForcibly();
    try {
      holder.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
