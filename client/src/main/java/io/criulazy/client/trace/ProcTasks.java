package io.criulazy.client.trace;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** /proc/PID/task: the threads of a process, their children and their state. */
public final class ProcTasks {
  private static final long PF_IO_WORKER = 0x10;
  private static final long PF_USER_WORKER = 0x4000;

  /** Field 9 of /proc/TID/stat; the fields behind the name in parentheses begin with the 3rd. */
  private static final int FLAGS_AFTER_NAME = 9 - 3;

  private ProcTasks() {}

  /** The threads that a process has now; none if it is gone. */
  public static List<Integer> threads(int pid) throws IOException {
    List<Integer> tids = new ArrayList<>();
    try (DirectoryStream<Path> tasks =
        Files.newDirectoryStream(Path.of("/proc/" + pid + "/task"))) {
      for (Path task : tasks) {
        tids.add(Integer.valueOf(task.getFileName().toString()));
      }
    } catch (NoSuchFileException e) {
      throw new TraceException("there is no process " + pid);
    } catch (DirectoryIteratorException e) {
      return tids; // it ended while it was read
    }
    return tids;
  }

  /** The children that one thread has made or inherited. */
  public static List<Integer> children(int pid, int tid) throws IOException {
    List<Integer> children = new ArrayList<>();
    String text = Files.readString(Path.of("/proc/" + pid + "/task/" + tid + "/children"));
    for (String word : text.trim().split(" ")) {
      if (!word.isEmpty()) {
        children.add(Integer.valueOf(word));
      }
    }
    return children;
  }

  /** One line of /proc/TID/status, or nothing if the thread is gone. */
  public static Optional<String> status(int tid, String key) {
    try {
      return Files.readAllLines(Path.of("/proc/" + tid + "/status")).stream()
          .filter(line -> line.startsWith(key + ":"))
          .map(line -> line.substring(key.length() + 1).trim())
          .findFirst();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** The parent of a process; 0 if there is no such process, or it has none here. */
  public static int parent(int pid) {
    return status(pid, "PPid").map(Integer::valueOf).orElse(0);
  }

  /** Whether a task has ended and only waits to be reaped. */
  static boolean isZombie(int tid) {
    return status(tid, "State").map(state -> "ZX".indexOf(state.charAt(0)) >= 0).orElse(true);
  }

  /**
   * Whether it is a thread of the kernel that works for the process: io_uring's, or vhost's. Such a
   * one can be seized and stops, but it has no user mode to make calls from.
   */
  public static boolean isKernelWorker(int tid) {
    try {
      String stat = Files.readString(Path.of("/proc/" + tid + "/stat"));
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
      return (Long.parseLong(fields[FLAGS_AFTER_NAME]) & (PF_IO_WORKER | PF_USER_WORKER)) != 0;
    } catch (IOException e) {
      return false; // it has ended
    }
  }
}
