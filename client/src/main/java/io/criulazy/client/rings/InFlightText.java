package io.criulazy.client.rings;

import java.io.IOException;
import java.util.List;
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
    List<Integer> polled = RingInfo.of(ring).map(RingInfo::polled).orElse(List.of());
    return of(ring, ring.kernelRing().inFlight(), polled);
  }

  /**
   * The same.
   *
   * @param all how many there are
   * @param polled opcodes of those of them that wait for a file
   */
  static String of(FoundRing ring, int all, List<Integer> polled) {
    Map<String, Integer> named = new TreeMap<>();
    polled.forEach(number -> named.merge(operation(number), 1, Integer::sum));
    String list =
        named.entrySet().stream()
            .map(entry -> entry.getValue() + " " + entry.getKey())
            .collect(Collectors.joining(", "));
    return ring + ": " + all + " requests" + (list.isEmpty() ? "" : " (" + list + ")");
  }

  private static String operation(int number) {
    return number < OPERATIONS.length ? OPERATIONS[number] : "operation " + number;
  }
}
