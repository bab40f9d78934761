package io.criulazy.proto.image.files;

import io.criulazy.proto.image.codec.Field;
import java.util.Optional;

/**
 * An open file in {@code files.img}: its type, and what there is to tell of a file of that type.
 * All but one of the kinds are empty; all are when the type is not read here, and then {@link
 * #typeName} names what a restore has to refuse.
 *
 * @param type number of a {@link FileType}, or one that is not known
 * @param id as in {@link FdInfo#id}, {@link io.criulazy.proto.image.memory.VmArea#shmid}
 */
public record FileRecord(
    @Field(1) int type,
    @Field(2) int id,
    @Field(3) Optional<RegularFile> regular,
    @Field(4) Optional<InetSocket> inetSocket,
    @Field(8) Optional<EventFd> eventFd,
    @Field(9) Optional<EventPoll> eventPoll,
    @Field(10) Optional<SignalFd> signalFd,
    @Field(12) Optional<TimerFd> timerFd,
    @Field(13) Optional<Inotify> inotify,
    @Field(16) Optional<UnixSocket> unixSocket,
    @Field(17) Optional<Fifo> fifo,
    @Field(18) Optional<PipeEnd> pipe,
    @Field(19) Optional<TtyFile> tty,
    @Field(20) Optional<Memfd> memfd) {

  /** The record of such a file. */
  public static FileRecord of(RegularFile regular) {
    return of(FileType.REG, regular.id(), regular);
  }

  /** The record of such a file. */
  public static FileRecord of(InetSocket inetSocket) {
    return of(FileType.INETSK, inetSocket.id(), inetSocket);
  }

  /** The record of such a file. */
  public static FileRecord of(EventFd eventFd) {
    return of(FileType.EVENTFD, eventFd.id(), eventFd);
  }

  /** The record of such a file. */
  public static FileRecord of(EventPoll eventPoll) {
    return of(FileType.EVENTPOLL, eventPoll.id(), eventPoll);
  }

  /** The record of such a file. */
  public static FileRecord of(SignalFd signalFd) {
    return of(FileType.SIGNALFD, signalFd.id(), signalFd);
  }

  /** The record of such a file. */
  public static FileRecord of(TimerFd timerFd) {
    return of(FileType.TIMERFD, timerFd.id(), timerFd);
  }

  /** The record of such a file. */
  public static FileRecord of(Inotify inotify) {
    return of(FileType.INOTIFY, inotify.id(), inotify);
  }

  /** The record of such a file. */
  public static FileRecord of(UnixSocket unixSocket) {
    return of(FileType.UNIXSK, unixSocket.id(), unixSocket);
  }

  /** The record of such a file. */
  public static FileRecord of(Fifo fifo) {
    return of(FileType.FIFO, fifo.id(), fifo);
  }

  /** The record of such a file. */
  public static FileRecord of(PipeEnd pipe) {
    return of(FileType.PIPE, pipe.id(), pipe);
  }

  /** The record of such a file. */
  public static FileRecord of(TtyFile tty) {
    return of(FileType.TTY, tty.id(), tty);
  }

  /** The record of such a file. */
  public static FileRecord of(Memfd memfd) {
    return of(FileType.MEMFD, memfd.id(), memfd);
  }

  private static FileRecord of(FileType type, int id, Record content) {
    return new FileRecord(
        type.number(),
        id,
        onlyIf(RegularFile.class, content),
        onlyIf(InetSocket.class, content),
        onlyIf(EventFd.class, content),
        onlyIf(EventPoll.class, content),
        onlyIf(SignalFd.class, content),
        onlyIf(TimerFd.class, content),
        onlyIf(Inotify.class, content),
        onlyIf(UnixSocket.class, content),
        onlyIf(Fifo.class, content),
        onlyIf(PipeEnd.class, content),
        onlyIf(TtyFile.class, content),
        onlyIf(Memfd.class, content));
  }

  private static <T> Optional<T> onlyIf(Class<T> kind, Record content) {
    return kind.isInstance(content) ? Optional.of(kind.cast(content)) : Optional.empty();
  }

  /** Its type, in a word for people. */
  public String typeName() {
    return FileType.name(type);
  }
}
