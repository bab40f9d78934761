package io.criulazy.client.sys;

/**
 * A userfaultfd: delivers pages into the process that it belongs to.
 *
 * <pre>
 * struct uffdio_range { __u64 start, len; };
 * struct uffdio_copy {
 *     __u64 dst, src, len, mode;   //  0  8 16 24
 *     __s64 copy;                  // 32: bytes copied, or a negative error number
 * };
 * struct uffdio_zeropage { struct uffdio_range range; __u64 mode; __s64 zeropage; };
 * struct uffdio_continue { struct uffdio_range range; __u64 mode; __s64 mapped; };
 * struct uffdio_poison   { struct uffdio_range range; __u64 mode; __s64 updated; };
 * </pre>
 *
 * Results are byte counts or negative error numbers; a count smaller than asked means that the
 * kernel stopped there, and the next call tells why. While an event is queued that the reader has
 * not read, or a change of the address space is under way, the answer is {@code -EAGAIN}.
 *
 * <p>The methods share one argument block, so callers exclude each other, or use {@link
 * #forAnotherThread}.
 *
 * <p>Closing the last descriptor of a userfaultfd makes every page that is still missing read as
 * zero. {@link #close} is therefore the one dangerous call here: see {@code fault}.
 */
public final class Uffd implements AutoCloseable {
  /** Kernel features by their bit in {@code struct uffdio_api.features}. */
  public static final long FEATURE_EVENT_FORK = 1 << 1;

  public static final long FEATURE_EVENT_REMAP = 1 << 2;
  public static final long FEATURE_EVENT_REMOVE = 1 << 3;
  public static final long FEATURE_EVENT_UNMAP = 1 << 6;
  public static final long FEATURE_POISON = 1 << 14;

  private static final int O_CLOEXEC_NONBLOCK = 0x80800;
  private static final long UFFD_API = 0xAA;

  private static final long UFFDIO_API = 0xC018AA3FL;
  private static final long UFFDIO_REGISTER = 0xC020AA00L;
  private static final long UFFDIO_WAKE = 0x8010AA02L;
  private static final long UFFDIO_COPY = 0xC028AA03L;
  private static final long UFFDIO_ZEROPAGE = 0xC020AA04L;
  private static final long UFFDIO_CONTINUE = 0xC020AA07L;
  private static final long UFFDIO_POISON = 0xC020AA08L;
  private static final long REGISTER_MODE_MISSING = 1;

  /** Where no process has memory (mmap_min_addr is at most this). */
  static final long NOWHERE = 0x10000;

  private static final int ARGUMENT_BYTES = 40;
  private static final int DONE_AFTER_RANGE = 24;
  private static final int DONE_AFTER_COPY = 32;

  private final int fd;
  private final NativeBuffer argument = new NativeBuffer(ARGUMENT_BYTES);
  private final long argumentAddress = argument.address();

  /** One that has been closed: every operation fails with EBADF. */
  public static Uffd gone() {
    return new Uffd();
  }

  private Uffd() {
    fd = -1;
  }

  /** Takes over a descriptor on which UFFDIO_API has been done, and makes it non-blocking. */
  public Uffd(int fd) throws SysException {
    this.fd = fd;
    FileDescriptor.setNonBlocking(fd);
  }

  /**
   * A new userfaultfd of this process itself, for warming up and for probing the kernel.
   *
   * @param features bits that have to be there, or 0 for none
   */
  public static Uffd create(long features) throws SysException {
    long fd =
        SysException.check(
            "userfaultfd",
            "this process",
            LibC.call(SyscallNumbers.USERFAULTFD, O_CLOEXEC_NONBLOCK));
    Uffd uffd = new Uffd((int) fd);
    try {
      uffd.negotiate(features);
      return uffd;
    } catch (SysException e) {
      uffd.close();
      throw e;
    }
  }

  /**
   * Takes over a userfaultfd that was made in another process, before anything was done with it.
   *
   * @param features bits that have to be there
   */
  public static Uffd begin(int fd, long features) throws SysException {
    Uffd uffd = new Uffd(fd);
    try {
      uffd.negotiate(features);
      return uffd;
    } catch (SysException e) {
      uffd.close();
      throw e;
    }
  }

  /** The feature bits that this kernel has. */
  public static long kernelFeatures() throws SysException {
    try (Uffd uffd = create(0)) {
      return uffd.argument.getLong(8);
    }
  }

  private void negotiate(long features) throws SysException {
    argument.putLong(0, UFFD_API).putLong(8, features).putLong(16, 0);
    SysException.check(
        "ioctl(UFFDIO_API)", "features 0x" + Long.toHexString(features), ioctl(UFFDIO_API));
  }

  private Uffd(Uffd other) {
    fd = other.fd;
  }

  /** The same userfaultfd, for another thread; only one of them is to be closed. */
  public Uffd forAnotherThread() {
    return new Uffd(this);
  }

  /** The descriptor, to be watched or handed on. */
  public int fd() {
    return fd;
  }

  /** Registers a range of whole VMAs for missing pages. */
  public void registerMissing(long start, long lengthBytes) throws SysException {
    argument.putLong(0, start).putLong(8, lengthBytes).putLong(16, REGISTER_MODE_MISSING);
    SysException.check(
        "ioctl(UFFDIO_REGISTER)",
        Long.toHexString(start) + "+" + Long.toHexString(lengthBytes),
        ioctl(UFFDIO_REGISTER));
  }

  /**
   * Puts pages into the process and wakes who waits for them. The source must be readable by this
   * process; where it is not (a mapped file that has become shorter) the answer is {@code -EFAULT}.
   *
   * @param destination address in the process; the range lies within one VMA
   * @param source address in this process
   * @return bytes copied, or a negative error number
   */
  public long copy(long destination, long source, long lengthBytes) {
    argument
        .putLong(0, destination)
        .putLong(8, source)
        .putLong(16, lengthBytes)
        .putLong(24, 0)
        .putLong(DONE_AFTER_COPY, 0);
    return bytesDone(ioctl(UFFDIO_COPY), DONE_AFTER_COPY, lengthBytes);
  }

  /** Puts zero pages into the process and wakes who waits for them. */
  public long zero(long start, long lengthBytes) {
    return onRange(UFFDIO_ZEROPAGE, start, lengthBytes);
  }

  /** Makes each access to the range end in SIGBUS (Linux 6.6). */
  public long poison(long start, long lengthBytes) {
    return onRange(UFFDIO_POISON, start, lengthBytes);
  }

  /**
   * Whether an address is mapped and registered with this userfaultfd, found out without changing
   * anything: UFFDIO_CONTINUE is for shared memory, and on private memory it fails with EINVAL
   * after, and only after, the lookup has succeeded.
   *
   * @return 1 if it is, 0 if not, or a negative error number if the kernel can't tell now
   */
  public int isRegistered(long address, long pageBytes) {
    long result = onRange(UFFDIO_CONTINUE, address, pageBytes);
    if (result == -Errno.EINVAL || result >= 0) {
      return 1;
    }
    return result == -Errno.ENOENT ? 0 : (int) result;
  }

  /** Whether the process that it belongs to has exited. */
  public boolean isProcessGone() {
    return zero(NOWHERE, PageSize.BYTES) == -Errno.ESRCH;
  }

  /** Lets the threads that wait for a page of the range try again. Any aligned range is good. */
  public long wake(long start, long lengthBytes) {
    argument.putLong(0, start).putLong(8, lengthBytes);
    return ioctl(UFFDIO_WAKE);
  }

  private long onRange(long request, long start, long lengthBytes) {
    argument.putLong(0, start).putLong(8, lengthBytes).putLong(16, 0).putLong(DONE_AFTER_RANGE, 0);
    return bytesDone(ioctl(request), DONE_AFTER_RANGE, lengthBytes);
  }

  private long bytesDone(long result, int doneOffset, long lengthBytes) {
    if (result >= 0) {
      return lengthBytes;
    }
    long done = argument.getLong(doneOffset);
    return done > 0 ? done : result;
  }

  private long ioctl(long request) {
    return LibC.result(LibC.FUNCTIONS.ioctl(fd, request, argumentAddress));
  }

  @Override
  public void close() {
    FileDescriptor.close(fd);
  }
}
