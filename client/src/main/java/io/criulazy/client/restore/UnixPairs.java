package io.criulazy.client.restore;

import io.criulazy.client.sys.SyscallNumbers;
import io.criulazy.proto.image.files.SocketBytes;
import io.criulazy.proto.image.files.UnixSocket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Unix sockets that are connected to each other, with what they held. */
final class UnixPairs {
  private static final int AF_UNIX = 1;
  private static final int O_NONBLOCK = 0x800;
  private static final int F_SETFL = 4;

  private final Workshop factory;
  private final List<SocketBytes> queues;

  /** Ends that wait to be asked for, by the inode of the socket that they are. */
  private final Map<Integer, Long> waiting = new HashMap<>();

  UnixPairs(Workshop factory, SavedTree tree) throws IOException {
    this.factory = factory;
    this.queues = tree.records().socketQueues();
  }

  /** Opens one; its peer comes with it. */
  long open(UnixSocket socket) throws IOException {
    Long made = waiting.remove(socket.inode());
    long fd = made != null ? made : make(socket);
    for (SocketBytes packet : queues) {
      if (packet.head().socketId() == socket.id()) {
        send(socket, packet, fd);
      }
    }
    if ((socket.flags() & O_NONBLOCK) != 0) {
      factory.must("fcntl(F_SETFL)", SyscallNumbers.FCNTL, fd, F_SETFL, O_NONBLOCK);
    }
    return fd;
  }

  private long make(UnixSocket socket) throws IOException {
    long result = factory.room(2 * Integer.BYTES);
    factory.must("socketpair", SyscallNumbers.SOCKETPAIR, AF_UNIX, socket.type(), 0, result);
    long pair =
        ByteBuffer.wrap(factory.read(result, Long.BYTES)).order(ByteOrder.LITTLE_ENDIAN).getLong();
    waiting.put(socket.peer(), pair >>> Integer.SIZE);
    return (int) pair;
  }

  private void send(UnixSocket socket, SocketBytes packet, long fd) throws IOException {
    throw new IOException("unix socket " + socket.id() + " held bytes");
  }

  /** Closes the ends that nobody has. */
  void close() throws IOException {
    for (long fd : waiting.values()) {
      factory.must("close", SyscallNumbers.CLOSE, fd);
    }
  }
}
