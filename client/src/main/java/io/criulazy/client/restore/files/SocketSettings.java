package io.criulazy.client.restore.files;

import io.criulazy.client.sys.ForeignMemory;
import io.criulazy.client.sys.SocketOption;
import io.criulazy.client.sys.SyscallNumbers;
import io.criulazy.proto.image.files.SocketOptions;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.OptionalInt;

/** Sets the options that all sockets have. */
final class SocketSettings {
  private static final int ROOMY_BYTES = 64 << 20;

  private final Husk husk;
  private final int fd;

  SocketSettings(Husk husk, int fd) {
    this.husk = husk;
    this.fd = fd;
  }

  /** Why a socket's options can't be set, or null. */
  static String cause(SocketOptions options) {
    return options.filter().isEmpty() ? null : "a socket with a filter program";
  }

  void set(int level, int name, int value) throws IOException {
    set(level, name, ForeignMemory.layout(Integer.BYTES).putInt(value).array());
  }

  private void set(int level, int name, byte[] value) throws IOException {
    husk.must(
        "setsockopt(%d, %d)".formatted(level, name),
        SyscallNumbers.SETSOCKOPT,
        fd,
        level,
        name,
        husk.put(value),
        value.length);
  }

  void setSocket(int name, int value) throws IOException {
    set(SocketOption.SOL_SOCKET, name, value);
  }

  void setIf(int level, int name, OptionalInt value) throws IOException {
    if (value.isPresent()) {
      set(level, name, value.getAsInt());
    }
  }

  void setIf(int level, int name, Optional<Boolean> value) throws IOException {
    if (value.isPresent()) {
      set(level, name, value.get() ? 1 : 0);
    }
  }

  /** As new sockets are. */
  private void setIfOn(int name, Optional<Boolean> value) throws IOException {
    if (value.orElse(false)) {
      setSocket(name, 1);
    }
  }

  private void setIfNot(int name, OptionalInt value, int otherwise) throws IOException {
    if (value.orElse(otherwise) != otherwise) {
      setSocket(name, value.getAsInt());
    }
  }

  /** Lets it send all that was queued, and says to the reader who sent it, if he asks. */
  void prepareForQueue(SocketOptions options) throws IOException {
    setSocket(SocketOption.SNDBUFFORCE, ROOMY_BYTES);
    setIfOn(SocketOption.PASSCRED, options.passCredentials());
  }

  /** Sets all of them. */
  void setAll(SocketOptions options) throws IOException {
    // The kernel doubles the sizes that it is given.
    setSocket(SocketOption.SNDBUFFORCE, options.sendBufferBytes() / 2);
    setSocket(SocketOption.RCVBUFFORCE, options.receiveBufferBytes() / 2);
    setIf(SocketOption.SOL_SOCKET, SocketOption.BUF_LOCK, options.bufferLock());
    setIf(SocketOption.SOL_SOCKET, SocketOption.REUSEADDR, options.reuseAddress());
    setIfOn(SocketOption.REUSEPORT, options.reusePort());
    setIfNot(SocketOption.PRIORITY, options.priority(), 0);
    setIfNot(SocketOption.RCVLOWAT, options.receiveLowWater(), 1);
    setIfNot(SocketOption.MARK, options.mark(), 0);
    setIfOn(SocketOption.PASSCRED, options.passCredentials());
    setIfOn(SocketOption.PASSSEC, options.passSecurity());
    setIfOn(SocketOption.DONTROUTE, options.dontRoute());
    setIfOn(SocketOption.NO_CHECK, options.noCheck());
    setIfOn(SocketOption.BROADCAST, options.broadcast());
    setIfOn(SocketOption.KEEPALIVE, options.keepalive());
    setIfNot(SocketOption.OOBINLINE, options.outOfBandInline(), 0);
    if (options.linger().isPresent()) {
      ByteBuffer linger = ForeignMemory.layout(2 * Integer.BYTES);
      set(
          SocketOption.SOL_SOCKET,
          SocketOption.LINGER,
          linger.putInt(1).putInt(options.linger().getAsInt()).array());
    }
    setTimeout(
        SocketOption.SNDTIMEO, options.sendTimeoutSeconds(), options.sendTimeoutMicroseconds());
    setTimeout(
        SocketOption.RCVTIMEO,
        options.receiveTimeoutSeconds(),
        options.receiveTimeoutMicroseconds());
    if (options.boundDevice().isPresent()) {
      set(
          SocketOption.SOL_SOCKET,
          SocketOption.BINDTODEVICE,
          options.boundDevice().get().getBytes(StandardCharsets.UTF_8));
    }
  }

  private void setTimeout(int name, long seconds, long microseconds) throws IOException {
    if (seconds != 0 || microseconds != 0) {
      ByteBuffer time = ForeignMemory.layout(2 * Long.BYTES);
      set(SocketOption.SOL_SOCKET, name, time.putLong(seconds).putLong(microseconds).array());
    }
  }

  /** Shuts it down: 1 for reading, 2 for writing, 3 for both; 0 not. */
  void shutDown(int recorded) throws IOException {
    if (recorded != 0) {
      husk.must("shutdown", SyscallNumbers.SHUTDOWN, fd, recorded - 1);
    }
  }
}
