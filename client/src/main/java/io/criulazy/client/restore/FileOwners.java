package io.criulazy.client.restore;

import io.criulazy.proto.image.files.EventFd;
import io.criulazy.proto.image.files.EventPoll;
import io.criulazy.proto.image.files.FileOwner;
import io.criulazy.proto.image.files.FileRecord;
import io.criulazy.proto.image.files.InetSocket;
import io.criulazy.proto.image.files.PipeEnd;
import io.criulazy.proto.image.files.RegularFile;
import io.criulazy.proto.image.files.SignalFd;
import io.criulazy.proto.image.files.TimerFd;
import io.criulazy.proto.image.files.UnixSocket;
import java.util.Optional;
import java.util.stream.Stream;

/** Who is told of a file's readiness by a signal, whatever kind of file it is. */
final class FileOwners {
  private FileOwners() {}

  static Optional<FileOwner> of(FileRecord file) {
    return Stream.of(
            file.regular().map(RegularFile::owner),
            file.inetSocket().map(InetSocket::owner),
            file.eventFd().map(EventFd::owner),
            file.eventPoll().map(EventPoll::owner),
            file.signalFd().map(SignalFd::owner),
            file.timerFd().map(TimerFd::owner),
            file.unixSocket().map(UnixSocket::owner),
            file.pipe().map(PipeEnd::owner))
        .flatMap(Optional::stream)
        .findFirst();
  }
}
