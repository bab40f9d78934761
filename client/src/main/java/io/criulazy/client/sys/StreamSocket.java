package io.criulazy.client.sys;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ByteChannel;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * A connected stream socket, TCP or unix, by its descriptor: an epoll can watch it, and the kernel
 * can hand descriptors over through it.
 *
 * <pre>
 * struct sockaddr_in  { u16 family; be16 port; be32 address; u8 zero[8]; };
 * struct sockaddr_in6 { u16 family; be16 port; be32 flow; u8 address[16]; u32 scope; };
 * struct sockaddr_un  { u16 family; char path[108]; };
 * struct timeval      { long sec, usec; };
 * </pre>
 *
 * One thread reads, one at a time writes; {@link #close} by any thread ends what they are waiting
 * for. The number is given back to the kernel when nobody uses it any more, so that it never is
 * somebody else's.
 */
public final class StreamSocket implements ByteChannel {
  private static final int AF_UNIX = 1;
  private static final int AF_INET = 2;
  private static final int AF_INET6 = 10;
  private static final int SOCK_STREAM_CLOEXEC = 1 | 0x80000;
  private static final int SOL_SOCKET = 1;
  private static final int SO_SNDBUF = 7;
  private static final int SO_KEEPALIVE = 9;
  private static final int SO_RCVTIMEO = 20;
  private static final int SO_SNDTIMEO = 21;
  private static final int IPPROTO_TCP = 6;
  private static final int TCP_NODELAY = 1;
  private static final int MSG_DONTWAIT = 0x40;
  private static final int MSG_NOSIGNAL = 0x4000;
  private static final int SHUT_RDWR = 2;
  private static final int SUN_PATH_BYTES = 108;
  private static final int BOUNCE_BYTES = 16 << 10;

  /** Requests are small, but whoever sends one never waits: room for thousands. */
  private static final int SEND_BUFFER_BYTES = 256 << 10;

  private final int fd;

  /** For buffers of the heap, whose address the kernel can't be told; one for each direction. */
  private final NativeBuffer readBounce = new NativeBuffer(BOUNCE_BYTES);

  private final NativeBuffer writeBounce = new NativeBuffer(BOUNCE_BYTES);
  private int users;
  private boolean closed;

  private StreamSocket(int fd) {
    this.fd = fd;
  }

  /**
   * Connects over TCP.
   *
   * @param address resolved
   * @param timeoutMs how long it may take
   */
  public static StreamSocket connectTcp(InetSocketAddress address, int timeoutMs)
      throws IOException {
    NativeBuffer name = new NativeBuffer(28);
    InetAddress host = address.getAddress();
    boolean four = host instanceof Inet4Address;
    name.putShort(0, (short) (four ? AF_INET : AF_INET6));
    name.putShort(2, bigEndian((short) address.getPort()));
    name.putBytes(four ? 4 : 8, host.getAddress());
    if (host instanceof java.net.Inet6Address six) {
      name.putInt(24, six.getScopeId());
    }
    StreamSocket socket = open(four ? AF_INET : AF_INET6);
    try {
      socket.set(IPPROTO_TCP, TCP_NODELAY, new NativeBuffer(4).putInt(0, 1));
      socket.set(SOL_SOCKET, SO_KEEPALIVE, new NativeBuffer(4).putInt(0, 1));
      socket.connect(name, four ? 16 : 28, timeoutMs, address.toString());
      return socket;
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  /** Connects to a unix socket. */
  public static StreamSocket connectUnix(Path path, int timeoutMs) throws IOException {
    byte[] direct = path.toString().getBytes(StandardCharsets.UTF_8);
    if (direct.length < SUN_PATH_BYTES) {
      return connectNamed(direct, timeoutMs, path);
    }
    try (DirectoryHandle directory = new DirectoryHandle(path.toAbsolutePath().getParent())) {
      String near = directory.pathOf(path.getFileName().toString());
      return connectNamed(near.getBytes(StandardCharsets.UTF_8), timeoutMs, path);
    }
  }

  private static StreamSocket connectNamed(byte[] name, int timeoutMs, Path path)
      throws IOException {
    return connectUnix(Arrays.copyOf(name, name.length + 1), timeoutMs, path.toString());
  }

  /**
   * Connects to an abstract unix socket of this network namespace.
   *
   * @param name what is behind the zero byte, at most 107 bytes
   */
  public static StreamSocket connectAbstract(byte[] name, int timeoutMs) throws IOException {
    byte[] path = new byte[1 + name.length];
    System.arraycopy(name, 0, path, 1, name.length);
    return connectUnix(path, timeoutMs, "@" + new String(name, StandardCharsets.UTF_8));
  }

  private static StreamSocket connectUnix(byte[] path, int timeoutMs, String where)
      throws IOException {
    NativeBuffer address = new NativeBuffer(2 + SUN_PATH_BYTES);
    address.putShort(0, (short) AF_UNIX).putBytes(2, path);
    StreamSocket socket = open(AF_UNIX);
    try {
      socket.connect(address, 2 + path.length, timeoutMs, where);
      return socket;
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  private static short bigEndian(short value) {
    return ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN ? value : Short.reverseBytes(value);
  }

  private static StreamSocket open(int family) throws SysException {
    long result = LibC.call(SyscallNumbers.SOCKET, family, SOCK_STREAM_CLOEXEC, 0);
    return new StreamSocket((int) SysException.check("socket", "family " + family, result));
  }

  private void set(int level, int option, NativeBuffer value) throws SysException {
    long result =
        LibC.call(
            SyscallNumbers.SETSOCKOPT, fd, level, option, value.address(), value.sizeBytes(), 0);
    SysException.check("setsockopt", level + "/" + option, result);
  }

  /**
   * Has a wait of {@link #read} end with an exception after so long.
   *
   * @param limitMs 0: it waits for ever
   */
  public void limitWait(int limitMs) throws SysException {
    set(SOL_SOCKET, SO_RCVTIMEO, timeval(limitMs));
  }

  private static NativeBuffer timeval(int ms) {
    return new NativeBuffer(16).putLong(0, ms / 1_000).putLong(8, ms % 1_000 * 1_000L);
  }

  /** connect(2) keeps to the time-out of sends; EINPROGRESS says that it has passed. */
  private void connect(NativeBuffer name, int nameBytes, int timeoutMs, String where)
      throws SysException {
    set(SOL_SOCKET, SO_SNDTIMEO, timeval(timeoutMs));
    set(SOL_SOCKET, SO_SNDBUF, new NativeBuffer(4).putInt(0, SEND_BUFFER_BYTES));
    long result = LibC.call(SyscallNumbers.CONNECT, fd, name.address(), nameBytes);
    boolean late = result == -Errno.EINPROGRESS || result == -Errno.EAGAIN;
    SysException.check("connect", where, late ? -Errno.ETIMEDOUT : result);
    set(SOL_SOCKET, SO_SNDTIMEO, timeval(0));
  }

  /** The descriptor to watch, between {@link #use} and {@link #release}. */
  public int fd() {
    return fd;
  }

  /**
   * Keeps the descriptor from being given back until {@link #release}.
   *
   * @return false if it is closed already
   */
  public synchronized boolean use() {
    if (!closed) {
      users++;
    }
    return !closed;
  }

  /** Ends what {@link #use} began. */
  public synchronized void release() {
    users--;
    if (closed && users == 0) {
      FileDescriptor.close(fd);
    }
  }

  /** Receives what has come, and waits if nothing has; -1 at the end. */
  @Override
  public int read(ByteBuffer target) throws IOException {
    int count = receive(target, 0);
    if (count == 0 && target.hasRemaining()) {
      throw new SocketTimeoutException("no answer in time");
    }
    return count;
  }

  /**
   * Receives what has come, without waiting.
   *
   * @return how many bytes; 0 if none; -1 at the end
   */
  public int readNow(ByteBuffer target) throws IOException {
    return receive(target, MSG_DONTWAIT);
  }

  private int receive(ByteBuffer target, int flags) throws IOException {
    if (!use()) {
      throw new ClosedChannelException();
    }
    try {
      int wanted = target.remaining();
      long address = readBounce.address();
      if (target.isDirect()) {
        address = NativeBuffer.addressOf(target) + target.position();
      } else {
        wanted = Math.min(wanted, BOUNCE_BYTES);
      }
      long result;
      do {
        result = LibC.call(SyscallNumbers.RECVFROM, fd, address, wanted, flags, 0, 0);
      } while (result == -Errno.EINTR);
      if (result == -Errno.EAGAIN) {
        return 0;
      }
      int count = (int) SysException.check("recv", "the page server's connection", result);
      if (target.isDirect()) {
        target.position(target.position() + count);
      } else {
        target.put(readBounce.getBytes(0, count));
      }
      return count == 0 && wanted > 0 ? -1 : count;
    } finally {
      release();
    }
  }

  /** Sends a part of it at least; waits if there is no room. */
  @Override
  public int write(ByteBuffer source) throws IOException {
    return send(source, 0);
  }

  /**
   * Sends as much of it as there is room for, without waiting.
   *
   * @return how many bytes, maybe 0
   */
  public int writeNow(ByteBuffer source) throws IOException {
    return send(source, MSG_DONTWAIT);
  }

  private int send(ByteBuffer source, int flags) throws IOException {
    if (!use()) {
      throw new ClosedChannelException();
    }
    try {
      byte[] bytes = new byte[Math.min(source.remaining(), BOUNCE_BYTES)];
      source.get(source.position(), bytes);
      writeBounce.putBytes(0, bytes);
      long result;
      do {
        long address = writeBounce.address();
        int how = flags | MSG_NOSIGNAL;
        result = LibC.call(SyscallNumbers.SENDTO, fd, address, bytes.length, how, 0, 0);
      } while (result == -Errno.EINTR);
      if (result == -Errno.EAGAIN) {
        return 0;
      }
      int count = (int) SysException.check("send", "the page server's connection", result);
      source.position(source.position() + count);
      return count;
    } finally {
      release();
    }
  }

  /** Descriptors are received through this; it is closed with the socket, and not by itself. */
  public UnixConnection descriptors() {
    return new UnixConnection(fd);
  }

  @Override
  public synchronized boolean isOpen() {
    return !closed;
  }

  /** Ends the connection. Any thread. */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    LibC.call(SyscallNumbers.SHUTDOWN, fd, SHUT_RDWR, 0);
    if (users == 0) {
      FileDescriptor.close(fd);
    }
  }
}
