package io.criulazy.client.rings;

import io.criulazy.client.sys.ForeignMemory;
import io.criulazy.client.sys.SysException;
import io.criulazy.client.sys.SyscallNumbers;
import io.criulazy.client.trace.Scratch;
import io.criulazy.client.trace.TracedProcess;
import io.criulazy.client.trace.TracedThread;
import io.criulazy.proto.image.rings.IoUringRing;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;

/**
 * Registers with a new ring what was registered with the old one. Registering buffers faults in
 * their pages: whoever has to deliver them has to be at it.
 */
final class RingRegistrations {
  /** A buffer's pages may come from far. */
  private static final Duration LIMIT = Duration.ofMinutes(2);

  private static final int RSRC_BYTES = 32;
  private static final int UPDATE_BYTES = 32;
  private static final int VECTOR_BYTES = 16;
  private static final int NO_FILE = -1;
  private static final int EPOLL_ADD = 1;
  private static final int EPOLL_EVENT_BYTES = 12;

  private final TracedThread owner;
  private final IoUringRing ring;
  private final int fd;

  RingRegistrations(TracedThread owner, IoUringRing ring) {
    this.owner = owner;
    this.ring = ring;
    this.fd = ring.fds().get(0).fd();
  }

  /** All of them, the eventfd last, so that nothing of this is told to it. */
  void run(TracedProcess process) throws IOException {
    if (ring.buffers().isPresent()) {
      buffers(ring.buffers().get());
    }
    if (ring.files().isPresent()) {
      files(ring.files().get());
    }
    personalities();
    workerLimits();
    for (IoUringRing.Registration registration : ring.registrations()) {
      registration(process.thread(registration.tid()), registration.index());
    }
    for (IoUringRing.Epoll epoll : ring.epolls()) {
      epoll(epoll);
    }
    if (ring.eventfd().isPresent()) {
      eventfd(ring.eventfd().get());
    }
  }

  /** {@code struct io_uring_rsrc_register { u32 nr, flags; u64 resv2, data, tags; }}. */
  private void buffers(IoUringRing.Buffers buffers) throws IOException {
    long vectors = (long) buffers.slots() * VECTOR_BYTES;
    long tags = (long) buffers.slots() * Long.BYTES;
    try (Scratch scratch = Scratch.allocate(owner, RSRC_BYTES + vectors + tags)) {
      long at = scratch.address() + RSRC_BYTES;
      ByteBuffer layout = ForeignMemory.layout((int) (RSRC_BYTES + vectors + tags));
      layout.putInt(0, buffers.slots()).putLong(16, at).putLong(24, at + vectors);
      for (IoUringRing.BufferSlot buffer : buffers.buffers()) {
        int vector = RSRC_BYTES + buffer.slot() * VECTOR_BYTES;
        layout.putLong(vector, buffer.address()).putLong(vector + 8, buffer.length());
        layout.putLong((int) (RSRC_BYTES + vectors) + buffer.slot() * Long.BYTES, buffer.tag());
      }
      scratch.write(0, layout.array());
      register(owner, "BUFFERS2", Uring.REGISTER_BUFFERS2, scratch.address(), RSRC_BYTES);
    }
  }

  /** Empty slots are -1; the range of slots that the kernel chooses from is set behind them. */
  private void files(IoUringRing.Files files) throws IOException {
    long numbers = ((long) files.slots() * Integer.BYTES + 7) & -8L;
    long tags = (long) files.slots() * Long.BYTES;
    try (Scratch scratch = Scratch.allocate(owner, RSRC_BYTES + numbers + tags)) {
      long at = scratch.address() + RSRC_BYTES;
      ByteBuffer layout = ForeignMemory.layout((int) (RSRC_BYTES + numbers + tags));
      layout.putInt(0, files.slots()).putLong(16, at).putLong(24, at + numbers);
      for (int slot = 0; slot < files.slots(); slot++) {
        layout.putInt(RSRC_BYTES + slot * Integer.BYTES, NO_FILE);
      }
      for (IoUringRing.FileSlot file : files.files()) {
        layout.putInt(RSRC_BYTES + file.slot() * Integer.BYTES, file.fd());
        layout.putLong((int) (RSRC_BYTES + numbers) + file.slot() * Long.BYTES, file.tag());
      }
      scratch.write(0, layout.array());
      register(owner, "FILES2", Uring.REGISTER_FILES2, scratch.address(), RSRC_BYTES);
      allocRange(files, scratch);
    }
  }

  /** {@code struct io_uring_file_index_range { u32 off, len; u64 resv; }}. */
  private void allocRange(IoUringRing.Files files, Scratch scratch) throws IOException {
    if (files.allocStart() == 0 && files.allocEnd() == files.slots()) {
      return; // what the kernel begins with
    }
    ByteBuffer range = ForeignMemory.layout(2 * Long.BYTES);
    range.putInt(0, files.allocStart()).putInt(4, files.allocEnd() - files.allocStart());
    scratch.write(0, range.array());
    register(owner, "FILE_ALLOC_RANGE", Uring.REGISTER_FILE_ALLOC_RANGE, scratch.address(), 0);
  }

  /** The kernel hands ids out in turn: all up to the last are taken, and the others given back. */
  private void personalities() throws IOException {
    if (ring.nextPersonality() == 0) {
      return;
    }
    for (int id = -1; id < ring.nextPersonality() - 1; ) {
      id = (int) register(owner, "PERSONALITY", Uring.REGISTER_PERSONALITY, 0, 0);
      if (!ring.personalities().contains(id)) {
        register(owner, "PERSONALITY", Uring.UNREGISTER_PERSONALITY, 0, id);
      }
    }
  }

  private void workerLimits() throws IOException {
    if (ring.maxBoundWorkers() == 0 && ring.maxUnboundWorkers() == 0) {
      return;
    }
    try (Scratch scratch = Scratch.allocate(owner, Long.BYTES)) {
      ByteBuffer limits = ForeignMemory.layout(Long.BYTES);
      limits.putInt(0, ring.maxBoundWorkers()).putInt(4, ring.maxUnboundWorkers());
      scratch.write(0, limits.array());
      register(owner, "IOWQ_MAX_WORKERS", Uring.REGISTER_IOWQ_MAX_WORKERS, scratch.address(), 2);
    }
  }

  /** {@code struct io_uring_rsrc_update { u32 offset, resv; u64 data; }}. */
  private void registration(TracedThread thread, int index) throws IOException {
    try (Scratch scratch = Scratch.allocate(thread, UPDATE_BYTES)) {
      ByteBuffer update = ForeignMemory.layout(UPDATE_BYTES).putInt(0, index).putLong(8, fd);
      scratch.write(0, update.array());
      register(thread, "RING_FDS", Uring.REGISTER_RING_FDS, scratch.address(), 1);
    }
  }

  /** The kernel takes a closed file off the epoll instances that watched it. */
  private void epoll(IoUringRing.Epoll epoll) throws IOException {
    try (Scratch scratch = Scratch.allocate(owner, EPOLL_EVENT_BYTES)) {
      ByteBuffer event = ForeignMemory.layout(EPOLL_EVENT_BYTES);
      scratch.write(0, event.putInt(0, epoll.events()).putLong(4, epoll.data()).array());
      long result =
          owner.call(
              SyscallNumbers.EPOLL_CTL, epoll.epollFd(), EPOLL_ADD, epoll.fd(), scratch.address());
      SysException.check("epoll_ctl", "fd " + epoll.epollFd() + " of " + owner, result);
    }
  }

  private void eventfd(IoUringRing.Eventfd eventfd) throws IOException {
    try (Scratch scratch = Scratch.allocate(owner, Integer.BYTES)) {
      scratch.write(0, ForeignMemory.layout(Integer.BYTES).putInt(0, eventfd.fd()).array());
      int operation = eventfd.async() ? Uring.REGISTER_EVENTFD_ASYNC : Uring.REGISTER_EVENTFD;
      register(owner, "EVENTFD", operation, scratch.address(), 1);
    }
  }

  private long register(TracedThread thread, String name, int operation, long argument, int count)
      throws IOException {
    long result =
        thread.call(LIMIT, SyscallNumbers.IO_URING_REGISTER, fd, operation, argument, count);
    return SysException.check(
        "io_uring_register(" + name + ")", "fd " + fd + " of " + thread, result);
  }
}
