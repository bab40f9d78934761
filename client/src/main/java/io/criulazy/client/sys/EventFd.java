package io.criulazy.client.sys;

/** An eventfd: how another thread wakes one that waits in {@link Epoll}. Thread-safe. */
public final class EventFd implements AutoCloseable {
  private static final int EFD_CLOEXEC_NONBLOCK = 0x80800;

  private final int fd;
  private final NativeBuffer one = new NativeBuffer(8).putLong(0, 1);
  private final NativeBuffer count = new NativeBuffer(8);
  private boolean closed;

  public EventFd() throws SysException {
    fd =
        (int)
            SysException.check(
                "eventfd2",
                "a new fd",
                LibC.call(SyscallNumbers.EVENTFD2, 0, EFD_CLOEXEC_NONBLOCK, 0));
  }

  /** The descriptor to watch. */
  public int fd() {
    return fd;
  }

  /** Makes the descriptor readable. */
  public synchronized void signal() {
    if (!closed) {
      LibC.call(SyscallNumbers.WRITE, fd, one.address(), 8);
    }
  }

  /** Makes it unreadable again; called by the thread that waits. */
  public void drain() {
    LibC.result(LibC.FUNCTIONS.read(fd, count.address(), 8));
  }

  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      FileDescriptor.close(fd);
    }
  }
}
