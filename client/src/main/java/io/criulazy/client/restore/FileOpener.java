package io.criulazy.client.restore;

import io.criulazy.client.sys.ForeignMemory;
import io.criulazy.client.sys.SyscallNumbers;
import io.criulazy.proto.image.files.EventFd;
import io.criulazy.proto.image.files.EventPoll;
import io.criulazy.proto.image.files.FileRecord;
import io.criulazy.proto.image.files.RegularFile;
import io.criulazy.proto.image.files.SignalFd;
import io.criulazy.proto.image.files.TimerFd;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Opens a file in the factory as it was, by its kind. */
final class FileOpener {
  private static final int AT_FDCWD = -100;
  private static final int O_CREATION = 0x2C0; // O_CREAT | O_EXCL | O_TRUNC
  private static final int O_NOCTTY = 0x100;
  private static final int O_PATH = 0x200000;
  private static final int O_NONBLOCK = 0x800;
  private static final int F_SETFL = 4;
  private static final int SEEK_SET = 0;
  private static final int SIGNAL_SET_BYTES = 8;
  private static final int ITIMERSPEC_BYTES = 32;
  private static final long TFD_IOC_SET_TICKS = 0x40085400L;

  private final Workshop factory;
  private final Pipes pipes;
  private final UnixPairs pairs;

  FileOpener(Workshop factory, SavedTree tree) throws IOException {
    this.factory = factory;
    this.pipes = new Pipes(factory, tree);
    this.pairs = new UnixPairs(factory, tree);
  }

  /** The kinds that {@link #open} can open. */
  static boolean canOpen(FileRecord file) {
    return file.regular().isPresent()
        || file.eventFd().isPresent()
        || file.eventPoll().isPresent()
        || file.signalFd().isPresent()
        || file.timerFd().isPresent()
        || file.pipe().isPresent()
        || file.unixSocket().isPresent()
        || file.inetSocket().isPresent()
        || file.memfd().isPresent();
  }

  /** Opens it; the result is a descriptor of the factory. */
  long open(FileRecord file) throws IOException {
    if (file.regular().isPresent()) {
      return open(file.regular().get());
    }
    if (file.eventFd().isPresent()) {
      return open(file.eventFd().get());
    }
    if (file.eventPoll().isPresent()) {
      return open(file.eventPoll().get());
    }
    if (file.signalFd().isPresent()) {
      return open(file.signalFd().get());
    }
    if (file.timerFd().isPresent()) {
      return open(file.timerFd().get());
    }
    if (file.pipe().isPresent()) {
      return pipes.open(file.pipe().get());
    }
    if (file.unixSocket().isPresent()) {
      return pairs.open(file.unixSocket().get());
    }
    throw new IOException("file " + file.id() + " is of a kind that can't be opened");
  }

  private long open(RegularFile file) throws IOException {
    int flags = file.flags() & ~O_CREATION | O_NOCTTY;
    long fd =
        factory.must(
            "open of " + file.name(),
            SyscallNumbers.OPENAT,
            AT_FDCWD,
            factory.put(file.name()),
            flags,
            0);
    if (file.position() > 0 && (flags & O_PATH) == 0) {
      factory.must("lseek in " + file.name(), SyscallNumbers.LSEEK, fd, file.position(), SEEK_SET);
    }
    return fd;
  }

  private long open(EventFd file) throws IOException {
    long fd = factory.must("eventfd2", SyscallNumbers.EVENTFD2, 0, file.flags() & O_NONBLOCK);
    if (file.counter() != 0) {
      long value = factory.put(ForeignMemory.layout(8).putLong(file.counter()).array());
      factory.must("write to an eventfd", SyscallNumbers.WRITE, fd, value, 8);
    }
    return fd;
  }

  private long open(EventPoll file) throws IOException {
    long fd = factory.must("epoll_create1", SyscallNumbers.EPOLL_CREATE1, 0);
    setStatus(fd, file.flags());
    return fd;
  }

  private void setStatus(long fd, int flags) throws IOException {
    if ((flags & O_NONBLOCK) != 0) {
      factory.must("fcntl(F_SETFL)", SyscallNumbers.FCNTL, fd, F_SETFL, O_NONBLOCK);
    }
  }

  private long open(SignalFd file) throws IOException {
    long mask = factory.put(ForeignMemory.layout(8).putLong(file.mask()).array());
    return factory.must(
        "signalfd4",
        SyscallNumbers.SIGNALFD4,
        -1,
        mask,
        SIGNAL_SET_BYTES,
        file.flags() & O_NONBLOCK);
  }

  private long open(TimerFd file) throws IOException {
    long fd =
        factory.must(
            "timerfd_create",
            SyscallNumbers.TIMERFD_CREATE,
            file.clockId(),
            file.flags() & O_NONBLOCK);
    ByteBuffer specification = ForeignMemory.layout(ITIMERSPEC_BYTES);
    specification.putLong(file.intervalSeconds()).putLong(file.intervalNanoseconds());
    specification.putLong(file.valueSeconds()).putLong(file.valueNanoseconds());
    // What is recorded is the time that is left, so the timer is never absolute here.
    factory.must(
        "timerfd_settime",
        SyscallNumbers.TIMERFD_SETTIME,
        fd,
        0,
        factory.put(specification.array()),
        0);
    if (file.ticks() != 0) {
      long ticks = factory.put(ForeignMemory.layout(8).putLong(file.ticks()).array());
      factory.must("ioctl(TFD_IOC_SET_TICKS)", SyscallNumbers.IOCTL, fd, TFD_IOC_SET_TICKS, ticks);
    }
    return fd;
  }

  /** Closes what nobody has: the other ends of pipes and sockets. */
  void close() throws IOException {
    pipes.close();
    pairs.close();
  }
}
