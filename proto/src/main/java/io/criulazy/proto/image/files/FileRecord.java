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
    @Field(20) Optional<Memfd> memfd) {

  /** The record of such a file. */
  public static FileRecord of(RegularFile regular) {
    return new FileRecord(
        FileType.REG.number(),
        regular.id(),
        Optional.of(regular),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  /** The record of such a file. */
  public static FileRecord of(InetSocket inetSocket) {
    return new FileRecord(
        FileType.INETSK.number(),
        inetSocket.id(),
        Optional.empty(),
        Optional.of(inetSocket),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  /** The record of such a file. */
  public static FileRecord of(EventFd eventFd) {
    return new FileRecord(
        FileType.EVENTFD.number(),
        eventFd.id(),
        Optional.empty(),
        Optional.empty(),
        Optional.of(eventFd),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  /** The record of such a file. */
  public static FileRecord of(EventPoll eventPoll) {
    return new FileRecord(
        FileType.EVENTPOLL.number(),
        eventPoll.id(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.of(eventPoll),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  /** The record of such a file. */
  public static FileRecord of(SignalFd signalFd) {
    return new FileRecord(
        FileType.SIGNALFD.number(),
        signalFd.id(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.of(signalFd),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  /** The record of such a file. */
  public static FileRecord of(TimerFd timerFd) {
    return new FileRecord(
        FileType.TIMERFD.number(),
        timerFd.id(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.of(timerFd),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  /** The record of such a file. */
  public static FileRecord of(Inotify inotify) {
    return new FileRecord(
        FileType.INOTIFY.number(),
        inotify.id(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.of(inotify),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  /** The record of such a file. */
  public static FileRecord of(UnixSocket unixSocket) {
    return new FileRecord(
        FileType.UNIXSK.number(),
        unixSocket.id(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.of(unixSocket),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  /** The record of such a file. */
  public static FileRecord of(Fifo fifo) {
    return new FileRecord(
        FileType.FIFO.number(),
        fifo.id(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.of(fifo),
        Optional.empty(),
        Optional.empty());
  }

  /** The record of such a file. */
  public static FileRecord of(PipeEnd pipe) {
    return new FileRecord(
        FileType.PIPE.number(),
        pipe.id(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.of(pipe),
        Optional.empty());
  }

  /** The record of such a file. */
  public static FileRecord of(Memfd memfd) {
    return new FileRecord(
        FileType.MEMFD.number(),
        memfd.id(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.of(memfd));
  }

  /** Its type, in a word for people. */
  public String typeName() {
    return FileType.name(type);
  }
}
