package io.criulazy.client.dump.files;

import io.criulazy.client.dump.Refusals;
import io.criulazy.client.dump.proc.Descriptor;
import io.criulazy.proto.image.files.FileLock;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Locks on files, as fdinfo tells them. Whoever else wants one can have it between the dump and the
 * restore: so they are only taken along when that is asked for.
 */
public final class FileLocks {
  private static final Pattern LOCK =
      Pattern.compile(
          "^lock:\\s+\\d+: (\\w+)\\s+ADVISORY\\s+(READ|WRITE) -?\\d+ \\S+ (\\d+) (\\d+|EOF)");
  private static final Map<String, Integer> KINDS =
      Map.of("POSIX", FileLock.POSIX, "FLOCK", FileLock.FLOCK, "OFDLCK", FileLock.OFD);

  /** What makes a lock the same one, told of by another descriptor. */
  private record Same(int owner, int file, long start, long length) {}

  private final boolean asked;
  private final Refusals refusals;
  private final Set<Same> seen = new HashSet<>();
  private final List<FileLock> locks = new ArrayList<>();

  /**
   * @param asked whether they are to be taken along
   */
  FileLocks(boolean asked, Refusals refusals) {
    this.asked = asked;
    this.refusals = refusals;
  }

  /** All so far. */
  public List<FileLock> all() {
    return List.copyOf(locks);
  }

  /**
   * Adds those of a descriptor.
   *
   * @param file the open file's id
   */
  void add(Descriptor descriptor, int file) {
    for (String line : descriptor.info()) {
      if (line.startsWith("lock:")) {
        add(descriptor, file, LOCK.matcher(line));
      }
    }
  }

  private void add(Descriptor descriptor, int file, Matcher text) {
    Integer kind = text.find() ? KINDS.get(text.group(1)) : null;
    if (!asked || kind == null) {
      refusals.add(
          descriptor
              + (kind == null ? " has a lease" : " has a file lock: --file-locks takes it along"));
      return;
    }
    long start = Long.parseLong(text.group(3));
    long length = text.group(4).equals("EOF") ? 0 : Long.parseLong(text.group(4)) - start + 1;
    int owner = kind == FileLock.POSIX ? descriptor.pid() : 0;
    if (seen.add(new Same(owner, file, start, length))) {
      int type = text.group(2).equals("WRITE") ? 1 : 0;
      locks.add(new FileLock(kind, type, descriptor.pid(), descriptor.number(), start, length));
    }
  }
}
