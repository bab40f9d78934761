package io.criulazy.client.rings;

import io.criulazy.client.sys.Errno;
import io.criulazy.client.sys.FileDescriptor;
import io.criulazy.client.sys.ForeignFiles;
import io.criulazy.client.sys.ForeignMemory;
import io.criulazy.client.sys.Kcmp;
import io.criulazy.client.sys.NativeBuffer;
import io.criulazy.client.sys.SysException;
import io.criulazy.client.sys.SyscallNumbers;
import io.criulazy.client.sys.SystemCall;
import io.criulazy.client.trace.ProcTasks;
import io.criulazy.client.trace.Scratch;
import io.criulazy.client.trace.TracedProcess;
import io.criulazy.client.trace.TracedThread;
import io.criulazy.proto.image.rings.IoUringRing;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/**
 * Records a ring where the kernel's structures can't be read, by requests of our own: what becomes
 * of them tells how it was set up and what is registered with it. They move its positions, so from
 * the first of them on the ring has to be made anew, here or in the images.
 *
 * <p>The first is one that is carried out when all others are done: that nothing is in flight is
 * proved by its answer.
 */
final class ProbedRecorder {
  private static final Duration ANSWER_LIMIT = Duration.ofSeconds(5);
  private static final Duration PROOF_LIMIT = Duration.ofSeconds(2);
  private static final Duration IDLE_LIMIT = Duration.ofSeconds(3);
  private static final int CANCELS = 12;
  private static final long PAUSE_NS = 200_000;
  private static final int PAGE_BYTES = 4096;
  private static final int FIRST_PERSONALITY = 1;
  private static final int ANY_SLOT = -1;
  private static final int POLL_IN = 1;
  private static final int RSRC_BYTES = 32;

  private final TracedProcess traced;
  private final FoundRing ring;
  private final TracedThread owner;
  private final int fd;
  private final RingProbes probes;
  private final RingInfo info;
  private final List<String> problems = new ArrayList<>();
  private final List<Integer> made = new ArrayList<>();

  private RingMemory memory;
  private byte[] rings;
  private byte[] sqes;
  private final List<byte[]> overflow = new ArrayList<>();
  private int cachedCqTail;
  private ProbeQueue queue;
  private int flags;

  /**
   * @param probed a ring with nothing against it, in which nothing seems to be in flight
   */
  ProbedRecorder(TracedProcess traced, ProbedRing probed) throws IOException {
    this.traced = traced;
    this.ring = probed.ring();
    this.owner = probed.owner();
    this.fd = ring.fd();
    this.info = RingInfo.of(ring).orElseThrow(() -> new IOException(ring + " is always locked"));
    this.probes = RingProbes.of(ring).orElseThrow(() -> new IOException(ring + " is locked"));
    this.flags = probes.flags();
    this.cachedCqTail = probes.cachedCqTail();
  }

  /** What was found out against it, in words: it has to be made anew where it is, then. */
  List<String> problems() {
    return problems;
  }

  /** Descriptors that its process has got for that, and that are to be closed afterwards. */
  List<Integer> made() {
    return made;
  }

  /**
   * Records it.
   *
   * @throws IOException if nothing has been changed, or the ring can't be made anew
   */
  IoUringRing record() throws IOException {
    noPersonalities();
    memory = map();
    try (Scratch scratch = Scratch.allocate(owner, scratchBytes())) {
      rings = memory.rings().getBytes(0, (int) memory.rings().sizeBytes());
      sqes = memory.sqes().getBytes(0, (int) memory.sqes().sizeBytes());
      return record(scratch);
    } finally {
      memory.close();
    }
  }

  private long scratchBytes() {
    return RSRC_BYTES + (long) (probes.fileSlots() + 8) * Integer.BYTES;
  }

  /** The first id there can be is free, and was the next one: there has never been another. */
  private void noPersonalities() throws IOException {
    long id = register(Uring.REGISTER_PERSONALITY, 0, 0);
    if (id > 0) {
      register(Uring.UNREGISTER_PERSONALITY, 0, id);
    }
    if (id != FIRST_PERSONALITY) {
      throw new IOException(
          ring + " has, or has had, personalities: their credentials can't be told without BPF");
    }
  }

  private IoUringRing record(Scratch scratch) throws IOException {
    ProbedEventfds eventfds = new ProbedEventfds(traced.pid());
    boolean hasEventfd = probe(Uring.REGISTER_EVENTFD) == -Errno.EBUSY;
    int entries = probes.cqEntries();
    queue =
        new ProbeQueue(owner, ring, memory, probes.sqEntries(), entries, has(Uring.SETUP_SQPOLL));
    for (int kind : new int[] {0, Uring.SETUP_CQE32}) {
      try (TwinRing twin = TwinRing.of(kind, probes.sqEntries(), entries)) {
        queue.fillIndexes(twin.sqArrayOffset());
      }
    }
    drain();
    Optional<IoUringRing.Eventfd> eventfd =
        hasEventfd ? Optional.of(eventfd(eventfds)) : Optional.empty();
    queueFlags();
    int idleMs = has(Uring.SETUP_SQPOLL) ? idleMs() : 0;
    Optional<IoUringRing.Files> files =
        probes.fileSlots() == 0 ? Optional.empty() : Optional.of(files(scratch));
    Optional<IoUringRing.Buffers> buffers =
        probes.bufferSlots() == 0 ? Optional.empty() : Optional.of(buffers(scratch));
    int[] workers = workers(scratch);
    int cpu = has(Uring.SETUP_SQPOLL) ? boundCpu() : -1;
    int arrayOffset;
    try (TwinRing twin = TwinRing.of(flags, probes.sqEntries(), entries)) {
      arrayOffset = twin.sqArrayOffset();
    }
    return new IoUringRing(
        owner.tid(),
        flags | (cpu >= 0 ? Uring.SETUP_SQ_AFF : 0),
        probes.sqEntries(),
        entries,
        cpu,
        idleMs,
        arrayOffset,
        probes.cachedSqHead(),
        cachedCqTail,
        rings,
        sqes,
        overflow,
        ring.descriptors().stream()
            .map(fd -> new IoUringRing.Descriptor(fd.fd(), fd.isCloseOnExec()))
            .toList(),
        ring.mappings().stream()
            .map(m -> new IoUringRing.Mapping(m.start(), m.length(), m.offset(), m.prot()))
            .toList(),
        files,
        buffers,
        eventfd,
        List.of(),
        0,
        workers[0],
        workers[1],
        List.of(),
        ring.epolls(),
        false);
  }

  private boolean has(int flag) {
    return (flags & flag) != 0;
  }

  private long register(int operation, long argument, long count) throws IOException {
    return owner.call(SyscallNumbers.IO_URING_REGISTER, fd, operation, argument, count);
  }

  private long probe(int operation) throws IOException {
    return register(operation, 1, 1);
  }

  /**
   * Pages that are not there would be a fault here: whoever asks the kernel to read them is told.
   */
  private RingMemory map() throws IOException {
    int most = (Uring.CQES + probes.cqEntries() * 32 + probes.sqEntries() * 4) / PAGE_BYTES + 2;
    int mostSqes = probes.sqEntries() * 128 / PAGE_BYTES + 1;
    return RingMemory.map(
        ring.ownFd(),
        RingMemory.pages(ring.ownFd(), Uring.OFFSET_RINGS, most),
        RingMemory.pages(ring.ownFd(), Uring.OFFSET_SQES, mostSqes));
  }

  /** The proof. What has come in before it is the process's. */
  private void drain() throws IOException {
    queue.submit(ProbeQueue.nop(Uring.SQE_IO_DRAIN));
    List<ProbeQueue.Completion> told = queue.await(PROOF_LIMIT);
    for (int i = 0; i < CANCELS && told.isEmpty(); i++) {
      if (i == 0) {
        problems.add(
            ring
                + " had requests in flight that completions without a request have hidden: they"
                + " were cancelled");
      }
      RingEmptying.cancel(owner, ring);
      told = queue.await(ANSWER_LIMIT);
    }
    if (told.isEmpty()) {
      throw new IOException(
          ring
              + " has a request in flight that nothing shows, that does not end and is not"
              + " cancelled; one of ours waits behind it: the process can't go on with this ring");
    }
    ProbeQueue.Completion answer = told.get(told.size() - 1);
    if (answer.result() != 0) {
      problems.add(
          ring
              + ": requests have skipped their completions (CQE_SKIP_SUCCESS), so that nobody can"
              + " prove without BPF that none is in flight");
    }
    flags |= queue.hasLargeCompletions() ? Uring.SETUP_CQE32 : 0;
    flags |= isDeferred() ? Uring.SETUP_DEFER_TASKRUN : 0;
    early(told.subList(0, told.size() - 1));
  }

  /** Nobody else may wait for such a ring. While completions have no room that can't be asked. */
  private boolean isDeferred() {
    long told =
        SystemCall.call(
            SyscallNumbers.IO_URING_ENTER, ring.ownFd(), 0, 0, Uring.ENTER_GETEVENTS, 0, 0);
    return told == -Errno.EEXIST;
  }

  /** Completions that had found no room, and after them what has been completed meanwhile. */
  private void early(List<ProbeQueue.Completion> completions) {
    ByteBuffer saved = ByteBuffer.wrap(rings).order(ByteOrder.nativeOrder());
    int shift = has(Uring.SETUP_CQE32) ? 5 : 4;
    for (int i = 0; i < completions.size(); i++) {
      byte[] bytes = completions.get(i).bytes();
      boolean room = cachedCqTail - saved.getInt(Uring.CQ_HEAD) < probes.cqEntries();
      if (i >= info.overflow() && overflow.isEmpty() && room) {
        int index = cachedCqTail & (probes.cqEntries() - 1);
        saved.put(Uring.CQES + (index << shift), bytes);
        cachedCqTail++;
      } else {
        overflow.add(bytes);
      }
    }
  }

  /** The one that was told of the proof; of one that is told of few completions, by such a one. */
  private IoUringRing.Eventfd eventfd(ProbedEventfds eventfds) throws IOException {
    int number = eventfds.stirred();
    boolean async = number < 0;
    if (async) {
      queue.submit(ProbeQueue.nop(Uring.SQE_ASYNC));
      queue.await(ANSWER_LIMIT);
      number = eventfds.stirred();
    }
    register(Uring.UNREGISTER_EVENTFD, 0, 0);
    if (number < 0) {
      problems.add(ring + " has a registered eventfd that the process has closed");
      number = make();
      return new IoUringRing.Eventfd(number, false);
    }
    eventfds.restore(number);
    return new IoUringRing.Eventfd(number, async);
  }

  /** A descriptor in the process, for as long as this takes. */
  private int make() throws IOException {
    int number =
        (int)
            SysException.check(
                "eventfd2", owner.toString(), owner.call(SyscallNumbers.EVENTFD2, 0, 0));
    made.add(number);
    return number;
  }

  private void unmake(int number) throws IOException {
    owner.call(SyscallNumbers.CLOSE, number);
    made.remove(Integer.valueOf(number));
  }

  private void queueFlags() throws IOException {
    flags |= queue.learnEntrySize() ? Uring.SETUP_SQE128 : 0;
    try (TwinRing twin = TwinRing.of(flags, probes.sqEntries(), probes.cqEntries())) {
      queue.setArrayOffset(twin.sqArrayOffset());
    }
    flags |= queue.submitInvalid() ? Uring.SETUP_NO_SQARRAY : 0;
    if (!has(Uring.SETUP_SQPOLL)) {
      int taken = queue.submit(ProbeQueue.request(Uring.OP_NONE, 0), ProbeQueue.nop(0));
      flags |= taken == 2 ? Uring.SETUP_SUBMIT_ALL : 0;
      queue.letIn();
      queue.drop();
      taskrun();
    }
  }

  /** A request that completes while its owner is stopped: the queue tells of it, or it does not. */
  private void taskrun() throws IOException {
    int number = make();
    ByteBuffer poll = ProbeQueue.request(Uring.OP_POLL_ADD, 0);
    queue.submit(poll.putInt(4, number).putInt(28, POLL_IN));
    NativeBuffer one = new NativeBuffer(Long.BYTES).putLong(0, 1);
    try (ForeignFiles files = new ForeignFiles(traced.pid())) {
      int own = files.take(number);
      SystemCall.call(SyscallNumbers.WRITE, own, one.address(), Long.BYTES);
      FileDescriptor.close(own);
    }
    if ((memory.sqFlags() & Uring.SQ_TASKRUN) != 0) {
      flags |= Uring.SETUP_TASKRUN_FLAG;
      flags |= has(Uring.SETUP_DEFER_TASKRUN) ? 0 : Uring.SETUP_COOP_TASKRUN;
    }
    queue.await(ANSWER_LIMIT);
    unmake(number);
  }

  /** How long the polling thread is awake when it has nothing to do. */
  private int idleMs() throws IOException {
    queue.submit(ProbeQueue.nop(0));
    long start = System.nanoTime();
    while ((memory.sqFlags() & Uring.SQ_NEED_WAKEUP) == 0
        && System.nanoTime() - start < IDLE_LIMIT.toNanos()) {
      LockSupport.parkNanos(PAUSE_NS);
    }
    queue.drop();
    return (int) Math.max(Duration.ofNanos(System.nanoTime() - start).toMillis(), 1);
  }

  /** The one processor on which the polling thread may run, or -1. */
  private int boundCpu() throws IOException {
    int thread = info.number("SqThread");
    String allowed = ProcTasks.status(thread, "Cpus_allowed_list").orElse("");
    boolean single = allowed.matches("[0-9]+");
    return single && Runtime.getRuntime().availableProcessors() > 1
        ? Integer.parseInt(allowed)
        : -1;
  }

  private IoUringRing.Files files(Scratch scratch) throws IOException {
    List<int[]> found = new ArrayList<>();
    Map<Integer, String> links = ProcDescriptor.links(traced.pid());
    for (int slot : info.files().keySet()) {
      found.add(new int[] {slot, file(slot, links)});
    }
    List<IoUringRing.FileSlot> files = new ArrayList<>();
    for (int[] file : found) {
      scratch.write(RSRC_BYTES, ForeignMemory.layout(Integer.BYTES).putInt(0, -1).array());
      long tag = tag(Uring.REGISTER_FILES_UPDATE2, file[0], scratch);
      files.add(new IoUringRing.FileSlot(file[0], file[1], tag));
    }
    int[] range = allocRange(scratch);
    return new IoUringRing.Files(probes.fileSlots(), files, range[0], range[1]);
  }

  /** The process's descriptor of a registered file: the kernel makes another one to compare. */
  private int file(int slot, Map<Integer, String> links) throws IOException {
    ByteBuffer install =
        ProbeQueue.request(Uring.OP_FIXED_FD_INSTALL, Uring.SQE_FIXED_FILE).putInt(4, slot);
    queue.submit(install);
    int number = result();
    if (number < 0) {
      throw new SysException("FIXED_FD_INSTALL", ring + ", slot " + slot, number);
    }
    made.add(number);
    for (int fd : links.keySet()) {
      if (Kcmp.isSame(traced.pid(), traced.pid(), Kcmp.FILE, number, fd)) {
        unmake(number);
        return fd;
      }
    }
    problems.add(
        ring + " has a registered file in slot %d that the process has closed".formatted(slot));
    return number;
  }

  private int result() throws IOException {
    List<ProbeQueue.Completion> told = queue.await(ANSWER_LIMIT);
    if (told.isEmpty()) {
      throw new IOException(ring + " does not answer");
    }
    return told.get(told.size() - 1).result();
  }

  /**
   * Empties a slot: its tag, if any, is told by that.
   *
   * <pre>
   * struct io_uring_rsrc_update2 { u32 offset, resv; u64 data, tags; u32 nr, resv2; };
   * </pre>
   *
   * @param scratch what the slot is to hold, behind room for this
   */
  private long tag(int operation, int slot, Scratch scratch) throws IOException {
    ByteBuffer update = ForeignMemory.layout(RSRC_BYTES);
    update.putInt(0, slot).putLong(8, scratch.address() + RSRC_BYTES).putInt(24, 1);
    scratch.write(0, update.array());
    queue.drop();
    SysException.check(
        "io_uring_register(UPDATE)",
        ring + ", slot " + slot,
        register(operation, scratch.address(), RSRC_BYTES));
    List<ProbeQueue.Completion> told = queue.now();
    return told.isEmpty() ? 0 : told.get(0).userData();
  }

  /** Where the kernel puts files when it may choose, now that all slots are free. */
  private int[] allocRange(Scratch scratch) throws IOException {
    int number = make();
    ByteBuffer numbers = ForeignMemory.layout(probes.fileSlots() * Integer.BYTES);
    for (int i = 0; i < probes.fileSlots(); i++) {
      numbers.putInt(i * Integer.BYTES, number);
    }
    scratch.write(0, numbers.array());
    ByteBuffer update = ProbeQueue.request(Uring.OP_FILES_UPDATE, 0);
    update.putLong(8, ANY_SLOT & 0xffff_ffffL).putLong(16, scratch.address());
    queue.submit(update.putInt(24, probes.fileSlots()));
    int count = result();
    unmake(number);
    if (count <= 0) {
      return new int[] {0, 0};
    }
    int first =
        ByteBuffer.wrap(scratch.read(0, Integer.BYTES)).order(ByteOrder.nativeOrder()).getInt(0);
    for (int i = 1; i < count; i++) {
      byte[] slot = scratch.read((long) i * Integer.BYTES, Integer.BYTES);
      first = Math.min(first, ByteBuffer.wrap(slot).order(ByteOrder.nativeOrder()).getInt(0));
    }
    return new int[] {first, first + count};
  }

  private IoUringRing.Buffers buffers(Scratch scratch) throws IOException {
    List<IoUringRing.BufferSlot> buffers = new ArrayList<>();
    for (Map.Entry<Integer, long[]> buffer : info.buffers().entrySet()) {
      if (buffer.getValue()[1] != 0) {
        scratch.write(RSRC_BYTES, new byte[2 * Long.BYTES]);
        long tag = tag(Uring.REGISTER_BUFFERS_UPDATE, buffer.getKey(), scratch);
        long[] range = buffer.getValue();
        buffers.add(new IoUringRing.BufferSlot(buffer.getKey(), range[0], range[1], tag));
      }
    }
    return new IoUringRing.Buffers(probes.bufferSlots(), buffers);
  }

  /** Limits of workers that are not those with which the kernel begins. */
  private int[] workers(Scratch scratch) throws IOException {
    scratch.write(0, new byte[Long.BYTES]);
    register(Uring.REGISTER_IOWQ_MAX_WORKERS, scratch.address(), 2);
    ByteBuffer limits = ByteBuffer.wrap(scratch.read(0, Long.BYTES)).order(ByteOrder.nativeOrder());
    int[] none = {
      Math.min(probes.sqEntries(), 4 * Runtime.getRuntime().availableProcessors()), processLimit()
    };
    return new int[] {
      limits.getInt(0) == none[0] ? 0 : limits.getInt(0),
      limits.getInt(4) == none[1] ? 0 : limits.getInt(4)
    };
  }

  /** What the kernel begins with for workers without a bound. */
  private int processLimit() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/" + traced.pid() + "/limits"))) {
      if (line.startsWith("Max processes")) {
        String soft = line.substring("Max processes".length()).strip().split("\\s+")[0];
        return soft.equals("unlimited") ? 0 : (int) Long.parseLong(soft);
      }
    }
    return 0;
  }
}
