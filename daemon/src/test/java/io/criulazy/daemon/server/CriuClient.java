package io.criulazy.daemon.server;

import io.criulazy.proto.pageserver.Command;
import io.criulazy.proto.pageserver.HeaderLayout;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Speaks criu's side of its page-server protocol, in either layout. */
final class CriuClient implements AutoCloseable {
  static final int PAGE = 4096;
  private static final int PATIENCE_MILLIS = 10_000;

  private final HeaderLayout layout;
  private final Socket socket;
  private final DataInputStream in;
  private final OutputStream out;

  /**
   * An answer to GET.
   *
   * @param pages as its header says
   * @param bytes that followed
   */
  record Answer(int command, long pages, long vaddr, long destination, byte[] bytes) {}

  CriuClient(SocketAddress server, HeaderLayout layout) throws IOException {
    this.layout = layout;
    this.socket = new Socket();
    socket.connect((InetSocketAddress) server);
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(PATIENCE_MILLIS);
    this.in = new DataInputStream(socket.getInputStream());
    this.out = socket.getOutputStream();
  }

  static byte[] request(HeaderLayout layout, int field, long pages, long vaddr, long destination) {
    ByteBuffer header = ByteBuffer.allocate(layout.bytes());
    layout.write(header, 0, field, pages, vaddr, destination);
    return header.array();
  }

  CriuClient send(Command command, long pages, long vaddr, long destination) throws IOException {
    return send(request(layout, command.code(), pages, vaddr, destination));
  }

  CriuClient send(byte... bytes) throws IOException {
    out.write(bytes);
    out.flush();
    return this;
  }

  Answer get(long pid, long vaddr, long pages) throws IOException {
    return send(Command.GET, pages, vaddr, pid).answer();
  }

  Answer answer() throws IOException {
    byte[] bytes = in.readNBytes(layout.bytes());
    if (bytes.length < layout.bytes()) {
      throw new java.io.EOFException("closed after " + bytes.length + " bytes of an answer");
    }
    ByteBuffer header = ByteBuffer.wrap(bytes);
    long pages = layout.pages(header, 0);
    byte[] payload = in.readNBytes(Math.toIntExact(pages * PAGE));
    return new Answer(
        layout.command(header, 0),
        pages,
        layout.vaddr(header, 0),
        layout.destination(header, 0),
        payload);
  }

  int readByte() throws IOException {
    return in.readUnsignedByte();
  }

  int readInt() throws IOException {
    return ByteBuffer.wrap(in.readNBytes(4)).order(ByteOrder.LITTLE_ENDIAN).getInt();
  }

  /** All bytes until the server closes. */
  byte[] rest() throws IOException {
    try {
      return in.readAllBytes();
    } catch (java.net.SocketException reset) {
      return new byte[0];
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
