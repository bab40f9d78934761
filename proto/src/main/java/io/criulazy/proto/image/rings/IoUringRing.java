package io.criulazy.proto.image.rings;

import io.criulazy.proto.image.codec.Field;
import java.util.List;
import java.util.Optional;

/**
 * One io_uring instance of a task, with everything that is needed to make it again. Nobody changes
 * the byte arrays.
 *
 * @param ownerTid the thread that made it, or that alone may submit
 * @param setupFlags IORING_SETUP_... of io_uring_setup(2)
 * @param sqEntries a power of two
 * @param cqEntries a power of two
 * @param sqThreadCpu of an SQPOLL ring with SQ_AFF; otherwise -1
 * @param sqThreadIdleMs of an SQPOLL ring
 * @param sqArrayOffset where the index array is in {@code rings}; 0 with NO_SQARRAY
 * @param cachedSqHead the kernel's own position in the submission queue
 * @param cachedCqTail the kernel's own position in the completion queue
 * @param rings the memory of both rings: struct io_rings, completions, index array
 * @param sqes the memory of the submission entries
 * @param overflow completions that the ring had no room for, oldest first, as in the ring
 * @param fds its descriptors, at least one
 * @param mappings where it is mapped
 * @param personalities ids, ascending
 * @param nextPersonality where the kernel looks for the next id first
 * @param maxBoundWorkers 0 unless it was set
 * @param maxUnboundWorkers 0 unless it was set
 * @param registrations where threads have registered the ring itself
 * @param epolls the epoll instances that watch it
 * @param drainDisabled whether a request has skipped its completion, which rules out IO_DRAIN
 */
public record IoUringRing(
    @Field(1) int ownerTid,
    @Field(2) int setupFlags,
    @Field(3) int sqEntries,
    @Field(4) int cqEntries,
    @Field(value = 5, form = Field.Form.SIGNED) int sqThreadCpu,
    @Field(6) int sqThreadIdleMs,
    @Field(7) int sqArrayOffset,
    @Field(8) int cachedSqHead,
    @Field(9) int cachedCqTail,
    @Field(10) byte[] rings,
    @Field(11) byte[] sqes,
    @Field(12) List<byte[]> overflow,
    @Field(13) List<Descriptor> fds,
    @Field(14) List<Mapping> mappings,
    @Field(15) Optional<Files> files,
    @Field(16) Optional<Buffers> buffers,
    @Field(17) Optional<Eventfd> eventfd,
    @Field(18) List<Integer> personalities,
    @Field(19) int nextPersonality,
    @Field(20) int maxBoundWorkers,
    @Field(21) int maxUnboundWorkers,
    @Field(22) List<Registration> registrations,
    @Field(23) List<Epoll> epolls,
    @Field(24) boolean drainDisabled) {
  /** Keeps copies of the lists. */
  public IoUringRing {
    overflow = List.copyOf(overflow);
    fds = List.copyOf(fds);
    mappings = List.copyOf(mappings);
    personalities = List.copyOf(personalities);
    registrations = List.copyOf(registrations);
    epolls = List.copyOf(epolls);
  }

  /** A descriptor of the ring in its task. */
  public record Descriptor(@Field(1) int fd, @Field(2) boolean closeOnExec) {}

  /**
   * Where a part of it is mapped.
   *
   * @param length bytes
   * @param offset of mmap(2): which part
   * @param prot PROT_...
   */
  public record Mapping(
      @Field(1) long start, @Field(2) long length, @Field(3) long offset, @Field(4) int prot) {}

  /**
   * Registered files.
   *
   * @param slots the size of the table
   * @param allocStart the range in which the kernel chooses slots itself: start
   * @param allocEnd its end
   */
  public record Files(
      @Field(1) int slots,
      @Field(2) List<FileSlot> files,
      @Field(3) int allocStart,
      @Field(4) int allocEnd) {
    /** Keeps a copy of the list. */
    public Files {
      files = List.copyOf(files);
    }
  }

  /**
   * A registered file.
   *
   * @param fd a descriptor of the task that has the same file open
   */
  public record FileSlot(@Field(1) int slot, @Field(2) int fd, @Field(3) long tag) {}

  /**
   * Registered buffers.
   *
   * @param slots the size of the table
   */
  public record Buffers(@Field(1) int slots, @Field(2) List<BufferSlot> buffers) {
    /** Keeps a copy of the list. */
    public Buffers {
      buffers = List.copyOf(buffers);
    }
  }

  /** A registered buffer: memory of the task. */
  public record BufferSlot(
      @Field(1) int slot, @Field(2) long address, @Field(3) long length, @Field(4) long tag) {}

  /**
   * The eventfd that is told of completions.
   *
   * @param async only of those out of line
   */
  public record Eventfd(@Field(1) int fd, @Field(2) boolean async) {}

  /** A thread's registration of the ring as a descriptor of io_uring's own. */
  public record Registration(@Field(1) int tid, @Field(2) int index) {}

  /**
   * An epoll instance of the task that watches the ring.
   *
   * @param fd the number under which it was added
   * @param events EPOLL...
   */
  public record Epoll(
      @Field(1) int epollFd, @Field(2) int fd, @Field(3) int events, @Field(4) long data) {}
}
