package io.criulazy.client.restore.files;

import io.criulazy.client.sys.SyscallNumbers;
import io.criulazy.proto.image.files.SocketBytes;
import io.criulazy.proto.image.files.UnixSocket;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;

/** Two unix sockets that are connected to each other, with what they hold. */
final class UnixPair implements Making {
  private static final int MSG_DONTWAIT_NOSIGNAL = 0x4040;
  private static final int CHUNK_BYTES = 64 << 10;

  private final OpenFile one;
  private final OpenFile other;
  private final List<SocketBytes> forOne;
  private final List<SocketBytes> forOther;

  /**
   * @param other null if it was closed
   * @param forOne what that one holds
   */
  UnixPair(OpenFile one, OpenFile other, List<SocketBytes> forOne, List<SocketBytes> forOther) {
    this.one = one;
    this.other = other;
    this.forOne = forOne;
    this.forOther = forOther;
  }

  @Override
  public void make(Husks husks) throws IOException {
    Husk husk = husks.maker(one);
    int[] pair = husk.socketPair(UnixSockets.of(one).type());
    prepare(husk, one, pair[0]);
    prepare(husk, other == null ? one : other, pair[1]);
    send(husk, pair[1], forOne);
    send(husk, pair[0], forOther);
    SocketSettings settings = set(husk, one, pair[0]);
    if (other == null) {
      husk.close(pair[1]);
    } else {
      settings.shutDown(UnixSockets.of(one).shutdown().orElse(0));
      set(husk, other, pair[1]).shutDown(UnixSockets.of(other).shutdown().orElse(0));
      husks.place(other, husk, pair[1], UnixSockets.of(other).owner());
    }
    husks.place(one, husk, pair[0], UnixSockets.of(one).owner());
  }

  private static void prepare(Husk husk, OpenFile file, int fd) throws IOException {
    UnixSocket socket = UnixSockets.of(file);
    new SocketSettings(husk, fd).prepareForQueue(socket.options());
  }

  private static SocketSettings set(Husk husk, OpenFile file, int fd) throws IOException {
    UnixSocket socket = UnixSockets.of(file);
    LoneUnixSocket.bind(husk, fd, socket);
    SocketSettings settings = new SocketSettings(husk, fd);
    settings.setAll(socket.options());
    husk.setStatus(fd, socket.flags());
    return settings;
  }

  private void send(Husk husk, int fd, List<SocketBytes> packets) throws IOException {
    boolean stream = UnixSockets.of(one).type() == UnixSockets.STREAM;
    for (SocketBytes packet : packets) {
      byte[] content = packet.content();
      int step = stream ? CHUNK_BYTES : Math.max(1, content.length);
      if (content.length == 0 && !stream) {
        send(husk, fd, content);
      }
      for (int done = 0; done < content.length; done += step) {
        int end = Math.min(content.length, done + step);
        send(husk, fd, Arrays.copyOfRange(content, done, end));
      }
    }
  }

  private static void send(Husk husk, int fd, byte[] bytes) throws IOException {
    long sent =
        husk.withBytes(
            bytes,
            address ->
                husk.must(
                    "send of what a unix socket held",
                    SyscallNumbers.SENDTO,
                    fd,
                    address,
                    bytes.length,
                    MSG_DONTWAIT_NOSIGNAL,
                    0,
                    0));
    if (sent != bytes.length) {
      throw new IOException("only %d of %d bytes went".formatted(sent, bytes.length));
    }
  }
}
