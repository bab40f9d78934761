package io.criulazy.client.rings;

import io.criulazy.client.sys.Errno;
import io.criulazy.client.sys.ForeignMemory;
import io.criulazy.client.sys.SysException;
import io.criulazy.client.sys.SyscallNumbers;
import io.criulazy.client.trace.Scratch;
import io.criulazy.client.trace.TracedThread;
import io.criulazy.proto.image.rings.IoUringRing;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Makes a ring in its owner thread, as it was set up, under its old descriptors. */
final class RingSetup {
  private static final int F_GETFD = 1;
  private static final int F_SETFD = 2;
  private static final int FD_CLOEXEC = 1;
  private static final int O_CLOEXEC = 02000000;

  private final TracedThread owner;
  private final IoUringRing ring;

  private RingSetup(TracedThread owner, IoUringRing ring) {
    this.owner = owner;
    this.ring = ring;
  }

  /** Makes it; it is not mapped yet. */
  static void make(TracedThread owner, IoUringRing ring, Scratch scratch) throws IOException {
    RingSetup setup = new RingSetup(owner, ring);
    for (IoUringRing.Descriptor fd : ring.fds()) {
      setup.mustBeFree(fd.fd());
    }
    setup.make(scratch);
  }

  private void mustBeFree(int fd) throws IOException {
    if (owner.call(SyscallNumbers.FCNTL, fd, F_GETFD) != -Errno.EBADF) {
      throw new IOException("fd " + fd + " of " + owner + " is in use: a ring was there");
    }
  }

  private void make(Scratch scratch) throws IOException {
    scratch.write(0, params());
    long made = owner.call(SyscallNumbers.IO_URING_SETUP, ring.sqEntries(), scratch.address());
    SysException.check(
        "io_uring_setup",
        "%s with %s, %d and %d entries"
            .formatted(
                owner, RingFlags.describe(ring.setupFlags()), ring.sqEntries(), ring.cqEntries()),
        made);
    try {
      checkLayout(scratch);
      for (IoUringRing.Descriptor fd : ring.fds()) {
        place((int) made, fd);
      }
    } finally {
      if (ring.fds().stream().noneMatch(fd -> fd.fd() == made)) {
        owner.call(SyscallNumbers.CLOSE, made);
      }
    }
  }

  private byte[] params() {
    ByteBuffer params = ForeignMemory.layout(Uring.PARAMS_BYTES);
    params.putInt(Uring.PARAMS_CQ_ENTRIES, ring.cqEntries());
    params.putInt(Uring.PARAMS_FLAGS, ring.setupFlags() | Uring.SETUP_CQSIZE);
    params.putInt(Uring.PARAMS_SQ_THREAD_CPU, Math.max(ring.sqThreadCpu(), 0));
    params.putInt(Uring.PARAMS_SQ_THREAD_IDLE, ring.sqThreadIdleMs());
    return params.array();
  }

  private void checkLayout(Scratch scratch) throws IOException {
    ByteBuffer params =
        ByteBuffer.wrap(scratch.read(0, Uring.PARAMS_BYTES)).order(ByteOrder.nativeOrder());
    if (params.getInt(0) != ring.sqEntries()
        || params.getInt(Uring.PARAMS_CQ_ENTRIES) != ring.cqEntries()
        || params.getInt(Uring.PARAMS_SQ_ARRAY) != ring.sqArrayOffset()
        || params.getInt(Uring.PARAMS_CQES) != Uring.CQES) {
      throw new IOException(
          "this kernel lays out the ring of fd %d of %s in another way than the one it was on"
              .formatted(ring.fds().get(0).fd(), owner));
    }
  }

  private void place(int made, IoUringRing.Descriptor fd) throws IOException {
    long result;
    if (made == fd.fd()) {
      result = owner.call(SyscallNumbers.FCNTL, made, F_SETFD, fd.closeOnExec() ? FD_CLOEXEC : 0);
    } else {
      result = owner.call(SyscallNumbers.DUP3, made, fd.fd(), fd.closeOnExec() ? O_CLOEXEC : 0);
    }
    SysException.check("dup3", "fd " + fd.fd() + " of " + owner, result);
  }
}
