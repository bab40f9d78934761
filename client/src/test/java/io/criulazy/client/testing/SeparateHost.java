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

  /** Lays a cable from another one. */
  public void connectTo(SeparateHost other) {
    connect(other.root);
  }

  /** Lays a cable from us. */
  public void connectToUs() {
    connect(ProcessHandle.current().pid());
  }

  /** Its own address. */
  public String address() {
    return net() + "2";
  }

  /** That of the cable's other end. */
  public String addressOfOtherEnd() {
    return net() + "1";
  }

  /** Of this one alone: tests run side by side. */
  private String net() {
    return "10.%d.%d.".formatted(180 + root / 256 % 70, root % 256);
  }

  private void connect(long other) {
    String plug = "clz" + root % 10_000_000;
    ip("link", "add", plug + "a", "netns", other + "", "type", "veth", "peer", "name", plug + "b");
    ip("link", "set", plug + "b", "netns", root + "");
    plugIn(other, plug + "a", addressOfOtherEnd());
    plugIn(root, plug + "b", address());
  }

  private static void plugIn(long where, String plug, String address) {
    String[] in = {"nsenter", "-n", "-t", Long.toString(where), "ip"};
    run(in, "addr", "add", address + "/30", "dev", plug);
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
