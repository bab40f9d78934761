package io.criulazy.client.rings;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Names requests in flight, as far as fdinfo does. */
final class InFlightText {
  private static final String[] OPERATIONS = {
    "NOP",
    "READV",
    "WRITEV",
    "FSYNC",
    "READ_FIXED",
    "WRITE_FIXED",
    "POLL_ADD",
    "POLL_REMOVE",
    "SYNC_FILE_RANGE",
    "SENDMSG",
    "RECVMSG",
    "TIMEOUT",
    "TIMEOUT_REMOVE",
    "ACCEPT",
    "ASYNC_CANCEL",
    "LINK_TIMEOUT",
    "CONNECT",
    "FALLOCATE",
    "OPENAT",
    "CLOSE",
    "FILES_UPDATE",
    "STATX",
    "READ",
    "WRITE",
    "FADVISE",
    "MADVISE",
    "SEND",
    "RECV"
  };

  private InFlightText() {}

  /** {@code io_uring fd 5 of process 7: 3 requests (2 POLL_ADD)}. */
  static String of(FoundRing ring) throws IOException {
    Map<String, Integer> named = new TreeMap<>();
    for (String line : info(ring)) {
      if (line.startsWith("  op=")) {
        named.merge(operation(line), 1, Integer::sum);
      }
    }
    String list =
        named.entrySet().stream()
            .map(entry -> entry.getValue() + " " + entry.getKey())
            .collect(Collectors.joining(", "));
    int all = ring.kernelRing().inFlight();
    return ring + ": " + all + " requests" + (list.isEmpty() ? "" : " (" + list + ")");
  }

  private static String[] info(FoundRing ring) throws IOException {
    byte[] info = Files.readAllBytes(Path.of("/proc/" + ring.pid() + "/fdinfo/" + ring.fd()));
    return new String(info, StandardCharsets.ISO_8859_1).split("\n");
  }

  private static String operation(String line) {
    int number = Integer.parseInt(line.substring("  op=".length(), line.indexOf(',')));
    return number < OPERATIONS.length ? OPERATIONS[number] : "operation " + number;
  }
}
