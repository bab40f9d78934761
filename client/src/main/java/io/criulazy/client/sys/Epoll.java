package io.criulazy.client.sys;

/**
 * An epoll instance whose entries carry a 64-bit token.
 *
 * <pre>
 * struct epoll_event {   // packed on x86-64: 12 bytes
 *     __u32 events;      //  0
 *     __u64 data;        //  4
 * };
 * </pre>
 *
 * Owned by one thread, which waits and reads the results; other threads may {@link #add}.
 */
public final class Epoll implements AutoCloseable {
  private static final int EPOLL_CLOEXEC = 0x80000;
  private static final int CTL_ADD = 1;
  private static final int CTL_DEL = 2;
  private static final int EPOLLIN = 0x001;
  private static final int EPOLLERR = 0x008;
  private static final int EPOLLHUP = 0x010;
  private static final int EVENT_BYTES = 12;

  private final int fd;
  private final int maxEvents;
  private final NativeBuffer events;

  /**
   * @param maxEvents how many descriptors one {@link #waitMs} can report
   */
  public Epoll(int maxEvents) throws SysException {
    this.maxEvents = maxEvents;
    this.events = new NativeBuffer(maxEvents * EVENT_BYTES);
    this.fd =
        (int)
            SysException.check(
                "epoll_create1",
                "a new fd",
                LibC.call(SyscallNumbers.EPOLL_CREATE1, EPOLL_CLOEXEC));
  }

  /** Watches a descriptor for input; errors and hang-ups are always reported. */
  public void add(int watchedFd, long token) throws SysException {
    NativeBuffer event = new NativeBuffer(EVENT_BYTES);
    event.putInt(0, EPOLLIN).putLong(4, token);
    SysException.check(
        "epoll_ctl(ADD)",
        "fd " + watchedFd,
        LibC.call(SyscallNumbers.EPOLL_CTL, fd, CTL_ADD, watchedFd, event.address(), 0, 0));
  }

  /** Stops watching a descriptor, which must still be open. */
  public void remove(int watchedFd) {
    LibC.call(SyscallNumbers.EPOLL_CTL, fd, CTL_DEL, watchedFd);
  }

  /**
   * Waits for a watched descriptor.
   *
   * @return how many are ready (0 after the time-out or an interrupted wait)
   */
  public int waitMs(int timeoutMs) throws SysException {
    long ready = LibC.result(LibC.FUNCTIONS.epoll_wait(fd, events.address(), maxEvents, timeoutMs));
    return ready == -Errno.EINTR ? 0 : (int) SysException.check("epoll_wait", "fd " + fd, ready);
  }

  /** The token of the i-th ready descriptor. */
  public long token(int i) {
    return events.getLong(i * EVENT_BYTES + 4);
  }

  /** Whether the i-th ready descriptor reported an error or a hang-up. */
  public boolean hungUp(int i) {
    return (events.getInt(i * EVENT_BYTES) & (EPOLLERR | EPOLLHUP)) != 0;
  }

  @Override
  public void close() {
    FileDescriptor.close(fd);
  }
}
