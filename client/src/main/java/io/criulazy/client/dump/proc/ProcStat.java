package io.criulazy.client.dump.proc;

import java.io.IOException;

/**
 * /proc/PID/stat, by the numbers that proc(5) gives the fields.
 *
 * @param comm the name in parentheses
 * @param fields the words behind it: the first is field 3
 */
public record ProcStat(String comm, String... fields) {
  private static final int FIRST = 3;

  /** Reads it. */
  public static ProcStat of(int pid) throws IOException {
    String text = ProcFile.text(pid, "stat").stripTrailing();
    int end = text.lastIndexOf(')');
    return new ProcStat(
        text.substring(text.indexOf('(') + 1, end), text.substring(end + 2).split(" "));
  }

  /** Field 3: R, S, D, T, t, Z, X. */
  public char state() {
    return fields[0].charAt(0);
  }

  /** A field, from 4 on; 0 where the kernel does not tell. */
  public long field(int number) {
    return Long.parseUnsignedLong(fields[number - FIRST]);
  }

  /** Process group. */
  public int pgid() {
    return (int) field(5);
  }

  /** Session. */
  public int sid() {
    return (int) field(6);
  }

  /** The kernel's PF_ flags. */
  public long flags() {
    return field(9);
  }

  /** Wait status of a zombie. */
  public int exitCode() {
    return (int) field(52);
  }
}
