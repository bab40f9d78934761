package io.criulazy.client.restore.files;

import io.criulazy.proto.image.files.SocketBytes;
import io.criulazy.proto.image.files.UnixSocket;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/** Plans unix sockets: pairs, those that are alone, and who is connected to whom. */
final class UnixSockets {
  static final int STREAM = 1;
  static final int DGRAM = 2;
  static final int SEQPACKET = 5;
  static final int ESTABLISHED = 1;
  static final int LISTEN = 10;
  private static final int SHUT_BOTH = 3;

  private final Plan plan;
  private final Inheritance inheritance;
  private final Map<Integer, OpenFile> byInode = new HashMap<>();
  private final Map<Integer, List<SocketBytes>> queues = new HashMap<>();
  private final Set<Integer> done = new HashSet<>();

  private UnixSockets(Plan plan, Inheritance inheritance, List<SocketBytes> packets) {
    this.plan = plan;
    this.inheritance = inheritance;
    for (SocketBytes packet : packets) {
      queues.computeIfAbsent(packet.head().socketId(), id -> new ArrayList<>()).add(packet);
    }
  }

  /**
   * Plans all of a tree.
   *
   * @param packets what sockets held
   */
  static void plan(
      Plan plan, Inheritance inheritance, List<OpenFile> sockets, List<SocketBytes> packets)
      throws IOException {
    UnixSockets all = new UnixSockets(plan, inheritance, packets);
    for (OpenFile socket : sockets) {
      all.byInode.put(of(socket).inode(), socket);
    }
    for (OpenFile socket : sockets) {
      if (all.done.add(of(socket).inode())) {
        all.plan(socket);
      }
    }
  }

  static UnixSocket of(OpenFile file) {
    return file.record().unixSocket().orElseThrow();
  }

  private void plan(OpenFile file) throws IOException {
    UnixSocket socket = of(file);
    OptionalInt ours = inheritance.named("socket:[" + socket.inode() + "]");
    if (ours.isPresent()) {
      InheritedFiles.plan(plan, inheritance, file, ours.getAsInt(), socket.flags());
      return;
    }
    OpenFile peer = byInode.get(socket.peer());
    if (peer != null && peer != file && of(peer).peer() == socket.inode()) {
      done.add(socket.peer());
      planPair(file, peer);
      return;
    }
    String cause = cause(socket);
    if (cause == null) {
      cause = loneCause(socket, peer);
    }
    if (cause != null) {
      plan.refuse(file, cause);
    } else if (isHalfClosed(socket)) {
      plan.add(new UnixPair(file, null, queue(socket), List.of()));
    } else {
      plan.add(new LoneUnixSocket(file, peer));
    }
  }

  private void planPair(OpenFile file, OpenFile peer) throws IOException {
    String cause = cause(of(file));
    String peersCause = cause(of(peer));
    if (cause == null && peersCause == null && of(file).type() != of(peer).type()) {
      cause = "a unix socket with a peer of another type: the images are damaged";
    }
    if (cause == null && peersCause == null) {
      plan.add(new UnixPair(file, peer, queue(of(file)), queue(of(peer))));
      return;
    }
    if (cause != null) {
      plan.refuse(file, cause);
    }
    if (peersCause != null) {
      plan.refuse(peer, peersCause);
    }
  }

  private List<SocketBytes> queue(UnixSocket socket) {
    return queues.getOrDefault(socket.id(), List.of());
  }

  /** What is against any socket, or null. */
  private String cause(UnixSocket socket) throws IOException {
    if (socket.type() != STREAM && socket.type() != DGRAM && socket.type() != SEQPACKET) {
      return "a unix socket of type " + socket.type();
    }
    UnixAddress address = UnixAddress.of(socket.name());
    if (!address.isValid() || socket.nameDirectory().isPresent()) {
      return "a unix socket with the relative name " + address;
    }
    if (socket.deleted().orElse(false)) {
      return "a unix socket whose name " + address + " was removed";
    }
    if (!address.isNone() && socket.type() != DGRAM && socket.state() == ESTABLISHED) {
      return "a unix connection that was accepted at " + address;
    }
    if (!address.isNone() && address.isInUse()) {
      return "a unix socket with the name " + address + ", which another one has now";
    }
    if (queue(socket).stream().anyMatch(packet -> !packet.head().control().isEmpty())) {
      return "a unix socket that holds passed descriptors";
    }
    return SocketSettings.cause(socket.options());
  }

  /** What is against one that is not half of a pair, or null. */
  private String loneCause(UnixSocket socket, OpenFile peer) {
    if (isHalfClosed(socket)) {
      return null;
    }
    if (socket.peer() != 0 && peer == null) {
      return "a unix socket that is connected to a process outside of the tree";
    }
    if (peer != null && of(peer).state() == LISTEN) {
      return "a unix connection that was not accepted yet";
    }
    if (peer != null && (socket.type() != DGRAM || UnixAddress.of(of(peer).name()).isNone())) {
      return "a unix socket with a peer that can't be connected to";
    }
    if (socket.state() == ESTABLISHED && socket.type() != DGRAM) {
      return "a unix connection without a peer";
    }
    return queue(socket).isEmpty() ? null : "a unix socket that holds packets of nobody known";
  }

  /** The other end was closed; what it had sent can be read still. */
  private static boolean isHalfClosed(UnixSocket socket) {
    return socket.type() != DGRAM
        && socket.state() == ESTABLISHED
        && socket.peer() == 0
        && socket.shutdown().orElse(0) == SHUT_BOTH;
  }
}
