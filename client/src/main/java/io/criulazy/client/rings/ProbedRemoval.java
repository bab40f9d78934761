package io.criulazy.client.rings;

import io.criulazy.client.sys.SyscallNumbers;
import io.criulazy.client.trace.TracedProcess;
import io.criulazy.proto.image.IoUringImage;
import io.criulazy.proto.image.rings.IoUringRing;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Records all rings of a stopped process where the kernel's structures can't be read. What speaks
 * against it only then does so when the rings have been used for it: they are made anew.
 */
final class ProbedRemoval {
  private final TracedProcess traced;
  private final boolean stopped;
  private final List<IoUringRing> rings = new ArrayList<>();
  private final List<Integer> made = new ArrayList<>();

  private ProbedRemoval(TracedProcess traced, boolean stopped) {
    this.traced = traced;
    this.stopped = stopped;
  }

  /**
   * Records.
   *
   * @throws IOException if the process has its rings still, as they were
   */
  static IoUringImage record(TracedProcess traced, FoundProcess process, boolean stopped)
      throws IOException {
    ProbedRemoval removal = new ProbedRemoval(traced, stopped);
    try {
      removal.record(process);
    } catch (IOException e) {
      process.rings().forEach(FoundRing::close);
      try {
        removal.renew();
      } catch (IOException more) {
        e.addSuppressed(more);
      }
      throw e;
    }
    process.rings().forEach(FoundRing::close);
    return removal.image();
  }

  private void record(FoundProcess process) throws IOException {
    Map<Integer, Integer> places = ProbedRing.places(traced);
    for (FoundRing ring : process.rings()) {
      ProbedRecorder recorder = new ProbedRecorder(traced, ProbedRing.of(traced, ring, places));
      rings.add(recorder.record());
      made.addAll(recorder.made());
      if (!recorder.problems().isEmpty()) {
        throw new IOException(String.join("; ", recorder.problems()));
      }
    }
  }

  private IoUringImage image() {
    return new IoUringImage(traced.pid(), stopped, rings);
  }

  private void renew() throws IOException {
    RingRemoval.renew(traced, image());
    for (int fd : made) {
      traced.leader().call(SyscallNumbers.CLOSE, fd);
    }
  }
}
