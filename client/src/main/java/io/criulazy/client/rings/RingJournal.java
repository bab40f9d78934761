package io.criulazy.client.rings;

import io.criulazy.client.sys.RunningProcess;
import io.criulazy.client.sys.StartTime;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * Whose rings are away: a file among the images that is there as long as processes have to do
 * without them. It outlives a program that is killed meanwhile, so that {@link RingRecovery} finds
 * what has to be put back.
 *
 * <pre>
 * criu-lazy rings-away 1
 * boot 5f3c...                      // of the machine: the start times below count from there
 * process 4711 started 183201      // pid, and when: /proc/PID/stat, in ticks
 * </pre>
 */
public final class RingJournal {
  /** Its name. */
  public static final String NAME = "rings-away";

  private static final String HEADER = "criu-lazy rings-away 1";
  private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");
  private static final String BOOT = "boot ";
  private static final int MAX_BYTES = 1 << 20;

  private final Path file;

  /**
   * @param imagesDir where it is, or may be
   */
  public RingJournal(Path imagesDir) {
    this.file = imagesDir.resolve(NAME);
  }

  /** Whether there is one. */
  public boolean exists() {
    return Files.exists(file);
  }

  void write(List<Integer> pids) throws IOException {
    List<String> lines = new ArrayList<>(List.of(HEADER, BOOT + bootId()));
    for (int pid : pids) {
      lines.add("process " + pid + " started " + StartTime.of(pid));
    }
    Files.write(file, lines, StandardCharsets.US_ASCII, StandardOpenOption.CREATE_NEW);
  }

  void delete() throws IOException {
    Files.deleteIfExists(file);
  }

  /**
   * Reads it.
   *
   * @return the processes, whether they live or not; none of another boot of the machine
   * @throws IOException if it can't be one
   */
  List<RunningProcess> read() throws IOException {
    if (Files.size(file) > MAX_BYTES) {
      throw new IOException(file + " is no journal of rings: it is too long");
    }
    List<String> lines = Files.readAllLines(file, StandardCharsets.ISO_8859_1);
    if (lines.size() < 2 || !lines.get(0).equals(HEADER) || !lines.get(1).startsWith(BOOT)) {
      throw new IOException(file + " is no journal of rings: its head is not that of version 1");
    }
    List<RunningProcess> processes = new ArrayList<>();
    for (int i = 2; i < lines.size(); i++) {
      processes.add(parse(i + 1, lines.get(i)));
    }
    return lines.get(1).equals(BOOT + bootId()) ? processes : List.of();
  }

  private RunningProcess parse(int number, String line) throws IOException {
    String[] words = line.split(" ");
    try {
      if (words.length == 4 && words[0].equals("process") && words[2].equals("started")) {
        return new RunningProcess(Integer.parseInt(words[1]), Long.parseLong(words[3]));
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw new IOException(file + ", line " + number + ": not a process: " + line);
  }

  private static String bootId() throws IOException {
    return Files.readAllLines(BOOT_ID).get(0);
  }
}
