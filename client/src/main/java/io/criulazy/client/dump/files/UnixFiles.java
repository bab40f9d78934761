package io.criulazy.client.dump.files;

import io.criulazy.client.dump.Refusals;
import io.criulazy.client.dump.proc.Descriptor;
import io.criulazy.client.dump.proc.FileStatus;
import io.criulazy.client.sys.ForeignFiles;
import io.criulazy.client.sys.OpenedFile;
import io.criulazy.client.sys.SocketOption;
import io.criulazy.client.sys.SocketQueue;
import io.criulazy.client.sys.UnixDiagnosis;
import io.criulazy.proto.image.files.FileOwner;
import io.criulazy.proto.image.files.FilePermissions;
import io.criulazy.proto.image.files.FileRecord;
import io.criulazy.proto.image.files.SocketBytes;
import io.criulazy.proto.image.files.SocketOptions;
import io.criulazy.proto.image.files.SocketPacket;
import io.criulazy.proto.image.files.UnixSocket;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** Unix sockets: pairs, listeners, boxes for datagrams. */
final class UnixFiles {
  private static final int STREAM = 1;
  private static final int DGRAM = 2;
  private static final int SEQPACKET = 5;
  private static final int ESTABLISHED = 1;
  private static final int LISTEN = 10;
  private static final int SHUT_BOTH = 3;
  private static final int PERMISSIONS = 07777;
  private static final int NET_NAMESPACE = 2;

  /** In fdinfo: how many descriptors wait in the queue. */
  private static final String PASSED = "scm_fds";

  /** One that was added. */
  private record Added(Descriptor descriptor, int id, UnixDiagnosis.Socket socket) {}

  private final FileTable table;
  private final Refusals refusals;
  private final Map<Integer, Added> added = new LinkedHashMap<>();
  private Map<Integer, UnixDiagnosis.Socket> all = new HashMap<>();

  UnixFiles(FileTable table, Refusals refusals) {
    this.table = table;
    this.refusals = refusals;
  }

  /** Adds a socket to the table; nothing if it is refused. */
  OptionalInt describe(Descriptor descriptor, OpenedFile file, FileOwner owner) throws IOException {
    int inode = (int) descriptor.status().inode();
    if (!all.containsKey(inode)) {
      all = UnixDiagnosis.all();
    }
    UnixDiagnosis.Socket socket = all.get(inode);
    if (socket == null) {
      refusals.add(descriptor + " is a socket of another network namespace");
      return OptionalInt.empty();
    }
    SocketReader reader = new SocketReader(file);
    String cause = cause(socket, reader);
    if (cause == null && socket.state() != LISTEN && socket.queued() != 0) {
      cause = queueCause(descriptor, reader);
    }
    if (cause != null) {
      refusals.add(descriptor + " " + cause);
      return OptionalInt.empty();
    }
    int flags = descriptor.flags();
    SocketOptions options = reader.all(true);
    Optional<FilePermissions> permissions = permissions(socket);
    int id =
        table.add(
            number ->
                FileRecord.of(record(number, inode, flags, owner, socket, options, permissions)));
    added.put(inode, new Added(descriptor, id, socket));
    return OptionalInt.of(id);
  }

  private static UnixSocket record(
      int id,
      int inode,
      int flags,
      FileOwner owner,
      UnixDiagnosis.Socket socket,
      SocketOptions options,
      Optional<FilePermissions> permissions) {
    return new UnixSocket(
        id,
        inode,
        socket.type(),
        socket.state(),
        flags,
        0,
        socket.state() == LISTEN ? socket.backlog() : 0,
        socket.peer(),
        owner,
        options,
        socket.name(),
        socket.shutdown() == 0 ? OptionalInt.empty() : OptionalInt.of(socket.shutdown()),
        permissions,
        Optional.empty(),
        Optional.empty(),
        OptionalInt.of(NET_NAMESPACE),
        OptionalInt.empty());
  }

  /** What is against a socket, or null. */
  private static String cause(UnixDiagnosis.Socket socket, SocketReader reader) {
    if (socket.type() != STREAM && socket.type() != DGRAM && socket.type() != SEQPACKET) {
      return "is a unix socket of type " + socket.type();
    }
    boolean connection = socket.type() != DGRAM && socket.state() == ESTABLISHED;
    if (connection && socket.name().length > 0) {
      return "is a unix connection that was accepted at " + name(socket);
    }
    if (connection && socket.peer() == 0 && socket.shutdown() != SHUT_BOTH) {
      return "is a unix connection that was not accepted yet";
    }
    if (socket.state() == LISTEN && socket.queued() != 0) {
      return "has connections that were not accepted yet";
    }
    if (isPath(socket) && socket.name()[0] != '/') {
      return "is a unix socket with the relative name " + name(socket);
    }
    if (isPath(socket) && !isThere(socket)) {
      return "is a unix socket whose name " + name(socket) + " was removed";
    }
    return reader.isFiltered() ? "is a socket with a filter" : null;
  }

  /** What is against what a socket holds, as far as that can be seen without touching it. */
  private static String queueCause(Descriptor descriptor, SocketReader reader) throws IOException {
    if (descriptor.has(PASSED) && !descriptor.value(PASSED).equals("0")) {
      return "holds descriptors that were passed to it";
    }
    return reader.get(SocketOption.PASSCRED) != 0
        ? "holds credentials that were passed to it"
        : null;
  }

  private static boolean isPath(UnixDiagnosis.Socket socket) {
    return socket.name().length > 0 && socket.name()[0] != 0;
  }

  private static String name(UnixDiagnosis.Socket socket) {
    String name = new String(socket.name(), StandardCharsets.UTF_8);
    if (!isPath(socket)) {
      return "@" + name.substring(1);
    }
    int end = name.indexOf('\0');
    return end < 0 ? name : name.substring(0, end);
  }

  private static boolean isThere(UnixDiagnosis.Socket socket) {
    try {
      return (int) FileStatus.of(Path.of(name(socket))).inode() == socket.boundInode();
    } catch (IOException e) {
      return false;
    }
  }

  private static Optional<FilePermissions> permissions(UnixDiagnosis.Socket socket)
      throws IOException {
    if (!isPath(socket)) {
      return Optional.empty();
    }
    FileStatus status = FileStatus.of(Path.of(name(socket)));
    return Optional.of(
        new FilePermissions(status.mode() & PERMISSIONS, status.uid(), status.gid()));
  }

  void checkPeers() {
    for (Added one : added.values()) {
      UnixDiagnosis.Socket socket = one.socket;
      if (socket.peer() == 0) {
        continue;
      }
      Added peer = added.get(socket.peer());
      int inode = (int) one.descriptor.status().inode();
      if (peer == null) {
        refusals.add(one.descriptor + " is connected to a process outside of the tree");
      } else if (peer.socket.peer() != inode
          && (socket.type() != DGRAM || peer.socket.name().length == 0)) {
        refusals.add(one.descriptor + " has a peer that can't be connected to");
      }
    }
    for (Added one : added.values()) {
      if (one.socket.type() == DGRAM && one.socket.queued() != 0 && !isOfPair(one)) {
        refusals.add(one.descriptor + " holds packets, and nobody knows whose");
      }
    }
  }

  List<SocketBytes> queues() throws IOException {
    List<SocketBytes> packets = new ArrayList<>();
    for (Added one : added.values()) {
      if (one.socket.state() == ESTABLISHED || one.socket.type() == DGRAM) {
        peek(one, packets);
      }
    }
    return packets;
  }

  private void peek(Added one, List<SocketBytes> packets) throws IOException {
    SocketQueue.Content content;
    try (ForeignFiles files = new ForeignFiles(one.descriptor.pid());
        OpenedFile file =
            new OpenedFile(files.take(one.descriptor.number()), one.descriptor.toString())) {
      content = SocketQueue.peek(file.fd(), one.socket.type());
    }
    if (content.hasMore()) {
      throw new IOException(
          one.descriptor
              + " holds descriptors or credentials that were passed to it: use --engine criu");
    }
    if (!content.packets().isEmpty() && !isOfPair(one)) {
      throw new IOException(
          one.descriptor + " holds packets, and nobody knows whose: use --engine criu");
    }
    for (byte[] packet : content.packets()) {
      packets.add(new SocketBytes(new SocketPacket(one.id, packet.length, List.of()), packet));
    }
  }

  private boolean isOfPair(Added one) {
    Added peer = added.get(one.socket.peer());
    return peer == null
        ? one.socket.type() != DGRAM
        : peer.socket.peer() == (int) one.descriptor.status().inode();
  }
}
