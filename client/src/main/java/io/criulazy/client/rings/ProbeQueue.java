package io.criulazy.client.rings;

import io.criulazy.client.sys.ForeignMemory;
import io.criulazy.client.sys.SysException;
import io.criulazy.client.sys.SyscallNumbers;
import io.criulazy.client.trace.TracedThread;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * Requests of ours in a ring that is going to be made anew: its queues are as empty as we want
 * them, what was in them is kept elsewhere. At first it is not known how large entries and
 * completions are and whether there is an index array: the same request is everywhere then, with a
 * mark that tells which of them was taken. One thread at a time.
 */
final class ProbeQueue {
  /** A completion as it lies in the queue, if completions are small, and if they are large. */
  private record Raw(byte[] small, byte[] large) {}

  /**
   * A completion.
   *
   * @param bytes all of it
   */
  record Completion(long userData, int result, byte[] bytes) {}

  private static final long MARK = 0x6372_6975_6c7aL << 16;
  private static final int CELL_BYTES = 64;
  private static final int SMALL_SHIFT = 4;
  private static final int LARGE_SHIFT = 5;
  private static final long PAUSE_NS = 200_000;

  private final TracedThread owner;
  private final int fd;
  private final RingMemory memory;
  private final int sqEntries;
  private final int cqEntries;
  private final boolean polled;
  private final List<Raw> taken = new ArrayList<>();
  private int head;
  private int seen;
  private int cells;
  private Boolean large;
  private Boolean large128;
  private int arrayOffset = -1;

  /**
   * @param polled whether the ring has a polling thread
   */
  ProbeQueue(
      TracedThread owner,
      FoundRing ring,
      RingMemory memory,
      int sqEntries,
      int cqEntries,
      boolean polled) {
    this.owner = owner;
    this.fd = ring.fd();
    this.memory = memory;
    this.sqEntries = sqEntries;
    this.cqEntries = cqEntries;
    this.polled = polled;
    this.head = memory.sqHead();
    this.seen = memory.cqTail();
    this.cells = (int) (memory.sqes().sizeBytes() / CELL_BYTES);
    memory.rings().putOrdered(Uring.SQ_TAIL, head);
    memory.rings().putOrdered(Uring.CQ_HEAD, seen);
    memory.rings().putInt(Uring.CQ_FLAGS, 0);
  }

  /** A request that does nothing. */
  static ByteBuffer nop(int flags) {
    return request(Uring.OP_NOP, flags);
  }

  static ByteBuffer request(int opcode, int flags) {
    return ForeignMemory.layout(CELL_BYTES).put(0, (byte) opcode).put(1, (byte) flags);
  }

  /** Before anything is known: valid indexes wherever the index array may be. */
  void fillIndexes(int offset) {
    for (int i = 0; i < sqEntries; i++) {
      long at = offset + (long) i * Integer.BYTES;
      if (at + Integer.BYTES <= memory.rings().sizeBytes()) {
        memory.rings().putInt(at, i);
      }
    }
  }

  /** From now on the index array is known to be there, unless NO_SQARRAY. */
  void setArrayOffset(int offset) {
    arrayOffset = offset;
  }

  /** Submits requests; how many the kernel has taken. */
  int submit(ByteBuffer... requests) throws IOException {
    for (int i = 0; i < requests.length; i++) {
      place(head + i, requests[i]);
    }
    memory.rings().putOrdered(Uring.SQ_TAIL, head + requests.length);
    enter(requests.length);
    int before = head;
    if (polled) {
      awaitHead(head + requests.length);
    }
    head = memory.sqHead();
    return head - before;
  }

  private void awaitHead(int position) throws IOException {
    long end = System.nanoTime() + Duration.ofSeconds(5).toNanos();
    while (memory.sqHead() != position) {
      if (System.nanoTime() - end > 0) {
        throw new IOException("the polling thread of fd " + fd + " of " + owner + " takes nothing");
      }
      LockSupport.parkNanos(PAUSE_NS);
    }
  }

  private void place(int position, ByteBuffer request) {
    int index = position & (sqEntries - 1);
    if (arrayOffset > 0) {
      memory.rings().putInt(arrayOffset + (long) index * Integer.BYTES, index);
    }
    if (large128 == null) {
      for (int cell = 0; cell < cells; cell++) {
        put(cell, request);
      }
    } else {
      put(large128 ? 2 * index : index, request);
    }
  }

  private void put(int cell, ByteBuffer request) {
    request.putLong(32, MARK | cell);
    memory.sqes().putBytes((long) cell * CELL_BYTES, request.array());
  }

  /** Submits the entry whose index is no slot's; whether it was taken in spite of that. */
  boolean submitInvalid() throws IOException {
    place(head, nop(0));
    memory.rings().putInt(arrayOffset + (long) (head & (sqEntries - 1)) * Integer.BYTES, -1);
    int completions = memory.cqTail();
    memory.rings().putOrdered(Uring.SQ_TAIL, head + 1);
    enter(1);
    awaitHead(head + 1);
    head = memory.sqHead();
    boolean valid = memory.cqTail() != completions;
    drop();
    return valid;
  }

  /** Lets the kernel work: takes what was submitted, lets completions in that had no room. */
  private void enter(int count) throws IOException {
    int how = Uring.ENTER_GETEVENTS | (polled ? Uring.ENTER_SQ_WAKEUP : 0);
    long result = owner.call(SyscallNumbers.IO_URING_ENTER, fd, polled ? 0 : count, 0, how, 0, 0);
    SysException.check("io_uring_enter", "fd " + fd + " of " + owner, result);
  }

  void letIn() throws IOException {
    enter(0);
  }

  /** Takes out what is in the completion queue. */
  private void take() {
    int tail = memory.cqTail();
    for (; seen != tail; seen++) {
      int index = seen & (cqEntries - 1);
      taken.add(new Raw(read(index, SMALL_SHIFT), read(index, LARGE_SHIFT)));
    }
    memory.rings().putOrdered(Uring.CQ_HEAD, seen);
  }

  private byte[] read(int index, int shift) {
    long at = Uring.CQES + ((long) index << shift);
    return at + (1L << shift) <= memory.rings().sizeBytes()
        ? memory.rings().getBytes(at, 1 << shift)
        : new byte[1 << shift];
  }

  /** Forgets all completions that have come in. */
  void drop() {
    take();
    taken.clear();
  }

  /**
   * Waits for the completion of the request that was submitted last.
   *
   * @return all that came before it, and it; without it if the time is over
   */
  List<Completion> await(Duration limit) throws IOException {
    long end = System.nanoTime() + limit.toNanos();
    do {
      take();
      if (!taken.isEmpty() && isOurs(taken.get(taken.size() - 1))) {
        return completions();
      }
      enter(0);
      LockSupport.parkNanos(PAUSE_NS);
    } while (System.nanoTime() - end < 0);
    return List.of();
  }

  /** All completions that have come in, and lets more in. */
  List<Completion> now() throws IOException {
    enter(0);
    take();
    return completions();
  }

  private boolean isOurs(Raw raw) {
    boolean small = !Boolean.TRUE.equals(large) && isMarked(userData(raw.small));
    return small || !Boolean.FALSE.equals(large) && isMarked(userData(raw.large));
  }

  private static boolean isMarked(long userData) {
    return (userData & -1L << 16) == MARK;
  }

  private static long userData(byte[] completion) {
    return ByteBuffer.wrap(completion).order(ByteOrder.nativeOrder()).getLong(0);
  }

  private List<Completion> completions() throws IOException {
    if (large == null) {
      learnSize();
    }
    List<Completion> all = new ArrayList<>();
    for (Raw raw : taken) {
      byte[] bytes = Boolean.TRUE.equals(large) ? raw.large : raw.small;
      ByteBuffer fields = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
      all.add(new Completion(fields.getLong(0), fields.getInt(8), bytes));
    }
    taken.clear();
    return all;
  }

  /** The place of one that is not the first tells; where ours is the first, another one follows. */
  private void learnSize() throws IOException {
    Raw ours = taken.get(taken.size() - 1);
    if ((seen - 1 & cqEntries - 1) == 0) {
      List<Raw> kept = List.copyOf(taken);
      taken.clear();
      submit(nop(0));
      await(Duration.ofSeconds(1));
      taken.clear();
      taken.addAll(kept);
    } else {
      large = !isMarked(userData(ours.small));
    }
  }

  /** Whether completions have 32 bytes. Known when one of ours has come in. */
  boolean hasLargeCompletions() {
    return Boolean.TRUE.equals(large);
  }

  /** Finds out whether entries have 128 bytes: by the entry that the kernel has taken. */
  boolean learnEntrySize() throws IOException {
    while (large128 == null) {
      int index = head & (sqEntries - 1);
      submit(nop(0));
      List<Completion> answer = await(Duration.ofSeconds(1));
      int cell = (int) (answer.get(answer.size() - 1).userData & 0xffff);
      if (index != 0) {
        large128 = cell == 2 * index;
      }
    }
    return large128;
  }
}
