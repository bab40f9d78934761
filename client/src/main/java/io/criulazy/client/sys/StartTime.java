package io.criulazy.client.sys;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** When a process was started: with its pid it names a process for as long as the machine is up. */
public final class StartTime {
  /** Field 22 of /proc/PID/stat; the fields behind the name in parentheses begin with the 3rd. */
  private static final int FIELD_AFTER_NAME = 22 - 3;

  private StartTime() {}

  /**
   * A process's start time in clock ticks since the machine was started, or -1 if it is gone or
   * only waits to be reaped.
   */
  public static long of(int pid) {
    try {
      String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
      return fields[0].equals("Z") ? -1 : Long.parseLong(fields[FIELD_AFTER_NAME]);
    } catch (IOException e) {
      return -1;
    }
  }
}
