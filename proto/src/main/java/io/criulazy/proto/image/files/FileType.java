package io.criulazy.proto.image.files;

import java.util.Locale;

/** Kinds of open files, by the numbers that CRIU gives them. */
public enum FileType {
  /** A regular file, directory or device: {@link RegularFile}. */
  REG(1),
  /** {@link PipeEnd}. */
  PIPE(2),
  /** {@link Fifo}. */
  FIFO(3),
  /** {@link InetSocket}. */
  INETSK(4),
  /** {@link UnixSocket}. */
  UNIXSK(5),
  /** {@link EventFd}. */
  EVENTFD(6),
  /** {@link EventPoll}. */
  EVENTPOLL(7),
  /** {@link Inotify}. */
  INOTIFY(8),
  /** {@link SignalFd}. */
  SIGNALFD(9),
  /** A packet socket; not read. */
  PACKETSK(10),
  /** {@link TtyFile}. */
  TTY(11),
  /** Not read. */
  FANOTIFY(12),
  /** A netlink socket; not read. */
  NETLINKSK(13),
  /** A namespace; not read. */
  NS(14),
  /** A tun device; not read. */
  TUNF(15),
  /** What a plugin dumped; not read. */
  EXT(16),
  /** {@link TimerFd}. */
  TIMERFD(17),
  /** {@link Memfd}. */
  MEMFD(18),
  /** A BPF map; not read. */
  BPFMAP(19),
  /** Not read. */
  PIDFD(20);

  private final int number;

  FileType(int number) {
    this.number = number;
  }

  /** As in {@link FdInfo#type} and {@link FileRecord#type}. */
  public int number() {
    return number;
  }

  /** The name of a number, for messages; also of one that is not known. */
  public static String name(int number) {
    for (FileType type : values()) {
      if (type.number == number) {
        return type.name().toLowerCase(Locale.ROOT);
      }
    }
    return "file type " + Integer.toUnsignedString(number);
  }
}
