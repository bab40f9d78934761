package io.criulazy.client.rings;

import io.criulazy.client.sys.Errno;
import io.criulazy.client.sys.SyscallNumbers;
import io.criulazy.client.sys.SystemCall;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/**
 * What a ring tells whoever asks from outside, without BPF and without a trace left in it: its
 * lines in fdinfo, and which calls it refuses this process. What the kernel's structures say is
 * compared with it. It is not enough to take a ring away: nothing of it tells of requests in flight
 * that wait for no file, of SUBMIT_ALL, of which eventfd is registered, or of tags.
 *
 * @param flags those of the setup flags that show themselves
 * @param asked which flags these can be: those that are not there are known not to be set
 * @param fileSlots size of the table of registered files; {@code bufferSlots} of the buffers
 * @param buffers address and length of each registered buffer by slot
 */
record RingProbes(
    int flags,
    int asked,
    int sqEntries,
    int cqEntries,
    int cachedSqHead,
    int cachedCqTail,
    int fileSlots,
    int files,
    int bufferSlots,
    Map<Integer, long[]> buffers,
    int overflow) {
  private static final int ATTEMPTS = 200;
  private static final long PAUSE_NS = 500_000;
  private static final int UNREGISTER_EVENTFD = 5;
  private static final long NO_ADDRESS = 1;
  private static final int HEXADECIMAL = 16;

  /** Asks; nothing if fdinfo has no word of it, because others keep the ring locked. */
  static Optional<RingProbes> of(FoundRing ring) throws IOException {
    for (int i = 0; i < ATTEMPTS; i++) {
      List<String> lines = info(ring);
      if (lines.stream().anyMatch(line -> line.startsWith("SqMask:"))) {
        return Optional.of(parse(ring, lines));
      }
      LockSupport.parkNanos(PAUSE_NS);
    }
    return Optional.empty();
  }

  private static List<String> info(FoundRing ring) throws IOException {
    byte[] info = Files.readAllBytes(Path.of("/proc/" + ring.pid() + "/fdinfo/" + ring.fd()));
    return List.of(new String(info, StandardCharsets.ISO_8859_1).split("\n"));
  }

  private static RingProbes parse(FoundRing ring, List<String> lines) throws IOException {
    Map<String, String> fields = new HashMap<>();
    List<String> files = new ArrayList<>();
    Map<Integer, long[]> buffers = new HashMap<>();
    int overflow = 0;
    String section = "";
    for (String line : lines) {
      int colon = line.indexOf(':');
      boolean inside = line.startsWith(" ") || line.startsWith("\t");
      if (colon > 0 && !inside) {
        section = line.substring(0, colon);
        fields.putIfAbsent(section, line.substring(colon + 1).strip());
      } else if (section.equals("UserFiles")) {
        files.add(line);
      } else if (section.equals("UserBufs") && line.contains("/")) {
        buffer(line, buffers);
      } else if (section.equals("CqOverflowList")) {
        overflow++;
      }
    }
    int asked = asked(ring, overflow);
    return new RingProbes(
        flags(ring, fields, asked),
        asked,
        number(fields, "SqMask") + 1,
        number(fields, "CqMask") + 1,
        number(fields, "CachedSqHead"),
        number(fields, "CachedCqTail"),
        number(fields, "UserFiles"),
        (int) files.stream().filter(line -> !line.endsWith("<none>")).count(),
        number(fields, "UserBufs"),
        buffers,
        overflow);
  }

  /** {@code 1: 0x7f0000000000/16384}. */
  private static void buffer(String line, Map<Integer, long[]> buffers) {
    String[] words = line.strip().split("[:/] *");
    buffers.put(
        Integer.parseInt(words[0]),
        new long[] {
          Long.parseUnsignedLong(words[1].substring(2), HEXADECIMAL), Long.parseLong(words[2])
        });
  }

  private static int number(Map<String, String> fields, String name) throws IOException {
    String text = fields.get(name);
    if (text == null) {
      throw new IOException("this kernel's fdinfo of an io_uring has no " + name);
    }
    return text.startsWith("0x")
        ? Integer.parseUnsignedInt(text.substring(2), HEXADECIMAL)
        : Integer.parseUnsignedInt(text);
  }

  /** Whoever waits lets completions in that had found no room: that is left to the process. */
  private static int asked(FoundRing ring, int overflow) {
    long enter = SystemCall.call(SyscallNumbers.IO_URING_ENTER, ring.ownFd(), 0, 0, 0, 0, 0);
    if (enter == -Errno.EBADFD) {
      return Uring.SETUP_R_DISABLED | Uring.SETUP_SQPOLL;
    }
    return Uring.SETUP_R_DISABLED
        | Uring.SETUP_SQPOLL
        | Uring.SETUP_SINGLE_ISSUER
        | (overflow == 0 ? Uring.SETUP_DEFER_TASKRUN : 0);
  }

  /** Each question is refused before anything is done, or asks for nothing. */
  private static int flags(FoundRing ring, Map<String, String> fields, int asked) {
    int flags = fields.getOrDefault("SqThread", "-1").equals("-1") ? 0 : Uring.SETUP_SQPOLL;
    if ((asked & Uring.SETUP_SINGLE_ISSUER) == 0) {
      return flags | Uring.SETUP_R_DISABLED;
    }
    long register =
        SystemCall.call(
            SyscallNumbers.IO_URING_REGISTER, ring.ownFd(), UNREGISTER_EVENTFD, NO_ADDRESS, 1);
    if (register == -Errno.EEXIST) {
      flags |= Uring.SETUP_SINGLE_ISSUER;
    }
    if ((asked & Uring.SETUP_DEFER_TASKRUN) != 0) {
      long wait =
          SystemCall.call(
              SyscallNumbers.IO_URING_ENTER, ring.ownFd(), 0, 0, Uring.ENTER_GETEVENTS, 0, 0);
      flags |= wait == -Errno.EEXIST ? Uring.SETUP_DEFER_TASKRUN : 0;
    }
    return flags;
  }

  /**
   * What the kernel's structures say otherwise, in words; empty if they agree.
   *
   * @param known the ring of a process all of whose threads are stopped
   */
  List<String> differences(KernelRing known) throws IOException {
    List<String> found = new ArrayList<>();
    compare(found, "setup flags", flags, known.setupFlags() & asked);
    compare(found, "submission entries", sqEntries, known.sqEntries());
    compare(found, "submitted", cachedSqHead, known.cachedSqHead());
    compare(found, "completed", cachedCqTail, known.cachedCqTail());
    compare(found, "completion entries", cqEntries, known.cqEntries());
    compare(found, "file slots", fileSlots, known.fileSlots());
    compare(found, "files", files, known.files().size());
    compare(found, "buffer slots", bufferSlots, known.bufferSlots());
    for (KernelRing.Resource resource : known.buffers()) {
      long[] told = buffers.getOrDefault(resource.slot(), new long[2]);
      compare(found, "buffer address", told[0], known.buffer(resource).number("ubuf"));
      compare(found, "buffer length", told[1], known.buffer(resource).number("len"));
    }
    return found;
  }

  private static void compare(List<String> found, String what, long probed, long read) {
    if (probed != read) {
      found.add("%s: probes tell %d, the kernel's structures %d".formatted(what, probed, read));
    }
  }
}
