package io.criulazy.client.restore.files;

import io.criulazy.proto.image.files.EventFd;
import io.criulazy.proto.image.files.EventPoll;
import io.criulazy.proto.image.files.FileOwner;
import io.criulazy.proto.image.files.FileRecord;
import io.criulazy.proto.image.files.InetSocket;
import io.criulazy.proto.image.files.Inotify;
import io.criulazy.proto.image.files.PipeEnd;
import io.criulazy.proto.image.files.RegularFile;
import io.criulazy.proto.image.files.SignalFd;
import io.criulazy.proto.image.files.TimerFd;
import io.criulazy.proto.image.files.UnixSocket;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * One open file description, and all descriptors that stand for it.
 *
 * @param record what it is
 * @param slots at least one; those of parents before those of their children
 */
record OpenFile(FileRecord record, List<Slot> slots) {
  /** The task that makes it; the others get it from there. */
  int maker() {
    return slots.get(0).pid();
  }

  /** Its number in the task that makes it. */
  int firstFd() {
    return slots.get(0).fd();
  }

  /** Who is told of its readiness by a signal. */
  Optional<FileOwner> owner() {
    return Stream.of(
            record.regular().map(RegularFile::owner),
            record.inetSocket().map(InetSocket::owner),
            record.eventFd().map(EventFd::owner),
            record.eventPoll().map(EventPoll::owner),
            record.signalFd().map(SignalFd::owner),
            record.timerFd().map(TimerFd::owner),
            record.inotify().map(Inotify::owner),
            record.unixSocket().map(UnixSocket::owner),
            record.pipe().map(PipeEnd::owner))
        .flatMap(Optional::stream)
        .findFirst();
  }

  /** For people: {@code fd 3 of task 12}. */
  String where() {
    String numbers =
        slots.stream()
            .filter(slot -> slot.pid() == maker())
            .map(slot -> Integer.toString(slot.fd()))
            .collect(Collectors.joining(", "));
    return "fd " + numbers + " of task " + maker();
  }
}
