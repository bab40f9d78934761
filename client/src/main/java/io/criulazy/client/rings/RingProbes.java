package io.criulazy.client.rings;

import io.criulazy.client.sys.Errno;
import io.criulazy.client.sys.SyscallNumbers;
import io.criulazy.client.sys.SystemCall;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a ring tells whoever asks from outside, without BPF and without a trace left in it: its
 * lines in fdinfo, and which calls it refuses this process. What the kernel's structures say is
 * compared with it. Nothing of it tells of requests in flight that wait for no file, of SUBMIT_ALL,
 * of which eventfd is registered, or of tags: {@link ProbedRecorder} finds that out.
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
  private static final long NO_ADDRESS = 1;

  /** Asks; nothing if fdinfo has no word of it, because others keep the ring locked. */
  static Optional<RingProbes> of(FoundRing ring) throws IOException {
    Optional<RingInfo> info = RingInfo.of(ring);
    return info.isPresent() ? Optional.of(of(ring, info.get())) : Optional.empty();
  }

  private static RingProbes of(FoundRing ring, RingInfo info) throws IOException {
    int asked = asked(ring, info.overflow());
    return new RingProbes(
        flags(ring, info, asked),
        asked,
        info.number("SqMask") + 1,
        info.number("CqMask") + 1,
        info.number("CachedSqHead"),
        info.number("CachedCqTail"),
        info.number("UserFiles"),
        info.files().size(),
        info.number("UserBufs"),
        info.buffers(),
        info.overflow());
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
  private static int flags(FoundRing ring, RingInfo info, int asked) throws IOException {
    int flags = info.number("SqThread") == -1 ? 0 : Uring.SETUP_SQPOLL;
    if ((asked & Uring.SETUP_SINGLE_ISSUER) == 0) {
      return flags | Uring.SETUP_R_DISABLED;
    }
    long register =
        SystemCall.call(
            SyscallNumbers.IO_URING_REGISTER,
            ring.ownFd(),
            Uring.UNREGISTER_EVENTFD,
            NO_ADDRESS,
            1);
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
