package io.criulazy.client.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Processes by their session id, which a whole tree of victims shares and keeps over a restore,
 * whoever its parent is by then.
 */
final class Sessions {
  private static final int STATE = 0;
  private static final int SESSION = 3;

  /** States of a process that waits to be reaped, or is none any more. */
  private static final Set<String> ENDED = Set.of("Z", "X", "");

  private Sessions() {}

  /** The pids of all processes of the session, zombies included. */
  static List<Long> members(long session) {
    List<Long> pids = new ArrayList<>();
    try (Stream<Path> entries = Files.list(Path.of("/proc"))) {
      entries
          .map(path -> path.getFileName().toString())
          .filter(name -> Character.isDigit(name.charAt(0)))
          .map(Long::parseLong)
          .filter(pid -> stat(pid, SESSION).equals(Long.toString(session)))
          .forEach(pids::add);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return pids;
  }

  /** The letter of /proc/PID/stat: R, S, D, T, Z, ...; empty if there is no such process. */
  static String state(long pid) {
    return stat(pid, STATE);
  }

  /** Kills all of the session and waits until the pids are free again. */
  static void kill(long session) {
    Budget.ofSeconds(20)
        .await(
            "session " + session + " is gone",
            () -> {
              killMembers(session);
              return members(session).isEmpty();
            },
            () -> "left: " + members(session));
  }

  /** Kills all of the session; whoever has to may reap it later, which can take seconds. */
  static void end(long session) {
    Budget.ofSeconds(20)
        .await(
            "session " + session + " has ended",
            () -> {
              killMembers(session);
              return members(session).stream().allMatch(pid -> ENDED.contains(state(pid)));
            },
            () -> "left: " + members(session));
  }

  private static void killMembers(long session) {
    members(session)
        .forEach(pid -> ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly));
  }

  /** Sends a signal by its name, without SIG. */
  static void signal(String name, long pid) {
    Command.mustRun(
        Path.of("/"), Budget.ofSeconds(10), List.of("/bin/kill", "-" + name, Long.toString(pid)));
  }

  /** The inode of a unix socket on which the process listens. */
  static OptionalLong listeningSocket(long pid) {
    try (Stream<Path> fds = Files.list(Path.of("/proc", Long.toString(pid), "fd"))) {
      List<String> open = fds.map(Sessions::target).toList();
      return Files.readAllLines(Path.of("/proc/net/unix")).stream()
          .map(line -> line.trim().split("\\s+"))
          .filter(field -> field.length > 6 && field[3].equals("00010000"))
          .filter(field -> open.contains("socket:[" + field[6] + "]"))
          .mapToLong(field -> Long.parseLong(field[6]))
          .findFirst();
    } catch (IOException e) {
      return OptionalLong.empty(); // it ended meanwhile
    }
  }

  private static String target(Path link) {
    try {
      return Files.readSymbolicLink(link).toString();
    } catch (IOException e) {
      return ""; // closed meanwhile
    }
  }

  /**
   * A field of /proc/PID/stat, counted from behind the name, which may contain blanks and brackets.
   */
  private static String stat(long pid, int field) {
    try {
      byte[] bytes = Files.readAllBytes(Path.of("/proc", Long.toString(pid), "stat"));
      String stat = new String(bytes, StandardCharsets.ISO_8859_1);
      return stat.substring(stat.lastIndexOf(')') + 2).split(" ")[field];
    } catch (IOException e) {
      return ""; // gone
    }
  }
}
