package io.criulazy.client.rings;

import io.criulazy.client.sys.NativeBuffer;
import io.criulazy.client.sys.SysException;
import io.criulazy.client.sys.SyscallNumbers;
import io.criulazy.client.sys.SystemCall;
import io.criulazy.client.trace.TracedThread;
import io.criulazy.proto.image.rings.IoUringRing;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;

/**
 * Brings the private positions of a new ring to those of the one that was recorded, with requests
 * that do nothing: there is no other way to set them.
 *
 * <p>The completion queue's head follows the tail up to where the queue is just full in the end,
 * and is put where it was later: the kernel works out ahead which slots are free, and would
 * overwrite completions that nobody has read if the head had ever been further.
 */
final class IndexPump {
  static final int MOST_AT_ONCE = 256;
  private static final int LEAST_FOR_STUB = 10_000;
  private static final int INVALID_INDEX = -1;
  private static final Duration STEP_LIMIT = Duration.ofSeconds(5);
  private static final int SQE_FLAGS = 1;
  private static final int SQE_LENGTH = 24;
  private static final int SQE_NOP_FLAGS = 28;
  private static final int SQE_USER_DATA = 32;
  private static final int NOP_INJECT_RESULT = 1;

  private final TracedThread owner;
  private final IoUringRing ring;
  private final int ownFd;
  private final RingMemory memory;
  private final int fd;
  private final int sqeBytes;
  private final int fullCqHead;

  /**
   * @param ownFd the new ring's descriptor in this process
   * @param memory the new ring's
   */
  IndexPump(TracedThread owner, IoUringRing ring, int ownFd, RingMemory memory) {
    this.owner = owner;
    this.ring = ring;
    this.ownFd = ownFd;
    this.memory = memory;
    this.fd = ring.fds().get(0).fd();
    this.sqeBytes = Uring.sqeBytes(ring.setupFlags());
    this.fullCqHead = ring.cachedCqTail() - ring.cqEntries();
  }

  /** After it the new ring is where the old one was, with nothing in its queues but the pending. */
  void run() throws IOException {
    long submitted = Integer.toUnsignedLong(ring.cachedSqHead());
    long completed = Integer.toUnsignedLong(ring.cachedCqTail());
    fillIndexes(true);
    followCompletions();
    both(Math.min(submitted, completed));
    completionsAlone(completed - submitted);
    int overflowing = OverflowRequests.count(submitted - completed, ring.overflow());
    overflow(overflowing);
    submissionsAlone(submitted - completed - overflowing);
    messages(ring.overflow().subList(overflowing, ring.overflow().size()));
    if (memory.sqHead() != ring.cachedSqHead() || memory.cqTail() != ring.cachedCqTail()) {
      throw new IOException(
          "the new ring of fd %d of %s is at %d and %d in place of %d and %d"
              .formatted(
                  fd,
                  owner,
                  memory.sqHead(),
                  memory.cqTail(),
                  ring.cachedSqHead(),
                  ring.cachedCqTail()));
    }
  }

  private boolean has(int setupFlag) {
    return (ring.setupFlags() & setupFlag) != 0;
  }

  /** Index i for slot i, or one that is no slot's. */
  private void fillIndexes(boolean valid) {
    if (has(Uring.SETUP_NO_SQARRAY)) {
      return;
    }
    for (int i = 0; i < ring.sqEntries(); i++) {
      memory.rings().putInt(ring.sqArrayOffset() + 4L * i, valid ? i : INVALID_INDEX);
    }
  }

  private void both(long count) throws IOException {
    for (long left = count - inTheProcess(count); left > 0; ) {
      int batch = (int) Math.min(left, Math.min(ring.sqEntries(), MOST_AT_ONCE));
      batch = Math.min(batch, room());
      submit(batch, batch);
      left -= batch;
    }
  }

  /** As many as the completion queue's head can follow without looking, made by a stub. */
  private long inTheProcess(long count) throws IOException {
    int batch = Math.min(ring.sqEntries(), MOST_AT_ONCE);
    long followed = Math.min(count, Integer.toUnsignedLong(ring.cachedCqTail()) - ring.cqEntries());
    OptionalLong rings = PumpStub.mappedRings(ring);
    if (has(Uring.SETUP_SQPOLL) || followed < LEAST_FOR_STUB || rings.isEmpty()) {
      return 0;
    }
    PumpStub.run(owner, fd, rings.getAsLong(), batch, followed / batch);
    return followed / batch * batch;
  }

  private int room() {
    return ring.cqEntries() - (memory.cqTail() - memory.cqHead());
  }

  /** Submits so many entries and lets the completion queue's head follow. */
  private void submit(int batch, int completions) throws IOException {
    int sqTail = memory.sqTail() + batch;
    int cqTail = memory.cqTail() + completions;
    memory.rings().putOrdered(Uring.SQ_TAIL, sqTail);
    if (has(Uring.SETUP_SQPOLL)) {
      long woken =
          SystemCall.call(SyscallNumbers.IO_URING_ENTER, ownFd, 0, 0, Uring.ENTER_SQ_WAKEUP, 0, 0);
      SysException.check("io_uring_enter(SQ_WAKEUP)", "fd " + fd + " of " + owner, woken);
    } else {
      long result =
          owner.call(SyscallNumbers.IO_URING_ENTER, fd, batch, 0, Uring.ENTER_GETEVENTS, 0, 0);
      SysException.check("io_uring_enter", "fd " + fd + " of " + owner, result);
    }
    await(sqTail, cqTail);
    followCompletions();
  }

  private void await(int sqTail, int cqTail) throws IOException {
    long end = System.nanoTime() + STEP_LIMIT.toNanos();
    while (memory.sqHead() != sqTail || memory.cqTail() != cqTail) {
      if (System.nanoTime() - end > 0) {
        throw new IOException(
            "fd %d of %s does not take requests: at %d and %d, expected %d and %d"
                .formatted(fd, owner, memory.sqHead(), memory.cqTail(), sqTail, cqTail));
      }
      Thread.onSpinWait();
    }
  }

  private void followCompletions() {
    int tail = memory.cqTail();
    boolean follows =
        Integer.toUnsignedLong(ring.cachedCqTail()) < ring.cqEntries()
            || Integer.compareUnsigned(tail, fullCqHead) > 0;
    memory.rings().putOrdered(Uring.CQ_HEAD, follows ? fullCqHead : tail);
  }

  /** Entries without a completion: by an index that is no slot's, or by skipping it. */
  private void submissionsAlone(long count) throws IOException {
    if (ring.drainDisabled()) {
      skipping(count);
    } else {
      invalid(count);
    }
  }

  private void invalid(long count) throws IOException {
    fillIndexes(false);
    for (long left = count; left > 0; left--) {
      submit(1, 0); // the kernel stops at each of them
    }
  }

  private void skipping(long count) throws IOException {
    byte[] skip = {Uring.SQE_CQE_SKIP_SUCCESS};
    for (int i = 0; i < ring.sqEntries(); i++) {
      memory.sqes().putBytes((long) i * sqeBytes + SQE_FLAGS, skip);
    }
    for (long left = count; left > 0; ) {
      int batch = (int) Math.min(left, Math.min(ring.sqEntries(), MOST_AT_ONCE));
      submit(batch, 0);
      left -= batch;
    }
  }

  /**
   * The queue is full by now: these go where the kernel keeps what has no room in it.
   *
   * <pre>
   * struct io_uring_sqe of a NOP: u32 len = result, u32 nop_flags = INJECT_RESULT, u64 user_data
   * </pre>
   */
  private void overflow(int count) throws IOException {
    for (int i = 0; i < count; i++) {
      ByteBuffer completion = OverflowRequests.fields(ring.overflow().get(i));
      long sqe = (long) (memory.sqTail() & (ring.sqEntries() - 1)) * sqeBytes;
      memory.sqes().putInt(sqe + SQE_LENGTH, completion.getInt(OverflowRequests.RESULT));
      memory.sqes().putInt(sqe + SQE_NOP_FLAGS, NOP_INJECT_RESULT);
      memory.sqes().putLong(sqe + SQE_USER_DATA, completion.getLong(OverflowRequests.USER_DATA));
      submit(1, 0);
    }
    memory.sqes().putBytes(0, new byte[(int) memory.sqes().sizeBytes()]);
  }

  private void messages(List<byte[]> completions) throws IOException {
    NativeBuffer message = new NativeBuffer(RingMessage.BYTES);
    for (byte[] completion : completions) {
      ByteBuffer fields = OverflowRequests.fields(completion);
      RingMessage.send(
          message,
          ownFd,
          fields.getLong(OverflowRequests.USER_DATA),
          fields.getInt(OverflowRequests.RESULT),
          fields.getInt(OverflowRequests.FLAGS));
      RingMessage.letIn(owner, ring);
    }
  }

  private void completionsAlone(long count) throws IOException {
    NativeBuffer message = new NativeBuffer(RingMessage.BYTES);
    for (long left = count; left > 0; ) {
      int batch = (int) Math.min(left, Math.min(MOST_AT_ONCE, room()));
      int cqTail = memory.cqTail() + batch;
      for (int i = 0; i < batch; i++) {
        RingMessage.send(message, ownFd, 0, 0, 0);
      }
      RingMessage.letIn(owner, ring);
      await(memory.sqTail(), cqTail);
      followCompletions();
      left -= batch;
    }
  }
}
