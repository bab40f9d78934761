package io.criulazy.client.bpf;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The processors that this machine can have: the kernel keeps room for each. */
final class PossibleCpus {
  private static final Path POSSIBLE = Path.of("/sys/devices/system/cpu/possible");

  private PossibleCpus() {}

  /** How many: one more than the highest number in {@code 0-1}, {@code 0-3,8-11}. */
  static int count() throws IOException {
    String list = Files.readAllLines(POSSIBLE).get(0).strip();
    return Integer.parseInt(
            list.substring(Math.max(list.lastIndexOf('-'), list.lastIndexOf(',')) + 1))
        + 1;
  }
}
