package io.criulazy.client.dump.files;

import io.criulazy.client.sys.NativeBuffer;
import io.criulazy.client.sys.OpenedFile;
import io.criulazy.client.sys.SocketOption;
import io.criulazy.client.sys.SysException;
import io.criulazy.proto.image.files.SocketOptions;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** Reads the options that all sockets have. */
final class SocketReader {
  private static final int MAX_NAME_BYTES = 16;

  private final OpenedFile socket;

  SocketReader(OpenedFile socket) {
    this.socket = socket;
  }

  int get(int name) throws SysException {
    return socket.option(SocketOption.SOL_SOCKET, name);
  }

  /** Whether it has a filter program, of the old kind or of the new one. */
  boolean isFiltered() {
    NativeBuffer instructions = new NativeBuffer(1 << 15);
    try {
      return socket.option(SocketOption.SOL_SOCKET, SocketOption.GET_FILTER, instructions) != 0;
    } catch (SysException e) {
      return true; // EACCES: one that can't be read
    }
  }

  /** All of them; unix sockets have some more. */
  SocketOptions all(boolean unix) throws SysException {
    NativeBuffer sendTimeout = time(SocketOption.SNDTIMEO);
    NativeBuffer receiveTimeout = time(SocketOption.RCVTIMEO);
    return new SocketOptions(
        get(SocketOption.SNDBUF),
        get(SocketOption.RCVBUF),
        sendTimeout.getLong(0),
        sendTimeout.getLong(Long.BYTES),
        receiveTimeout.getLong(0),
        receiveTimeout.getLong(Long.BYTES),
        flag(SocketOption.REUSEADDR),
        OptionalInt.of(get(SocketOption.PRIORITY)),
        OptionalInt.of(get(SocketOption.RCVLOWAT)),
        unlessZero(get(SocketOption.MARK)),
        unix ? flag(SocketOption.PASSCRED) : Optional.empty(),
        unix ? flag(SocketOption.PASSSEC) : Optional.empty(),
        flag(SocketOption.DONTROUTE),
        flag(SocketOption.NO_CHECK),
        boundDevice(),
        List.of(),
        flag(SocketOption.REUSEPORT),
        flag(SocketOption.BROADCAST),
        flag(SocketOption.KEEPALIVE),
        OptionalInt.empty(),
        OptionalInt.empty(),
        OptionalInt.empty(),
        OptionalInt.of(get(SocketOption.OOBINLINE)),
        linger(),
        OptionalInt.of(get(SocketOption.BUF_LOCK)));
  }

  private NativeBuffer time(int name) throws SysException {
    NativeBuffer time = new NativeBuffer(2 * Long.BYTES);
    socket.option(SocketOption.SOL_SOCKET, name, time);
    return time;
  }

  private Optional<Boolean> flag(int name) throws SysException {
    return Optional.of(get(name) != 0);
  }

  private static OptionalInt unlessZero(int value) {
    return value == 0 ? OptionalInt.empty() : OptionalInt.of(value);
  }

  private OptionalInt linger() throws SysException {
    NativeBuffer linger = new NativeBuffer(2 * Integer.BYTES);
    socket.option(SocketOption.SOL_SOCKET, SocketOption.LINGER, linger);
    return linger.getInt(0) != 0 ? OptionalInt.of(linger.getInt(4)) : OptionalInt.empty();
  }

  private Optional<String> boundDevice() throws SysException {
    NativeBuffer name = new NativeBuffer(MAX_NAME_BYTES);
    int bytes = socket.option(SocketOption.SOL_SOCKET, SocketOption.BINDTODEVICE, name);
    return bytes == 0
        ? Optional.empty()
        : Optional.of(new String(name.getBytes(0, bytes - 1), StandardCharsets.UTF_8));
  }
}
