package io.criulazy.client.restore.files;

import io.criulazy.client.sys.ForeignMemory;
import io.criulazy.client.sys.SyscallNumbers;
import io.criulazy.proto.image.files.SocketOptions;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.OptionalInt;

/** Sets the options that all sockets have. */
final class SocketSettings {
  static final int REUSEADDR = 2;
  static final int REUSEPORT = 15;
  private static final int SOL_SOCKET = 1;
  private static final int DONTROUTE = 5;
  private static final int BROADCAST = 6;
  private static final int KEEPALIVE = 9;
  private static final int OOBINLINE = 10;
  private static final int NO_CHECK = 11;
  private static final int PRIORITY = 12;
  private static final int LINGER = 13;
  private static final int PASSCRED = 16;
  private static final int RCVLOWAT = 18;
  private static final int RCVTIMEO = 20;
  private static final int SNDTIMEO = 21;
  private static final int BINDTODEVICE = 25;
  private static final int SNDBUFFORCE = 32;
  private static final int RCVBUFFORCE = 33;
  private static final int PASSSEC = 34;
  private static final int MARK = 36;
  private static final int BUF_LOCK = 72;
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
    set(SOL_SOCKET, name, value);
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
    setSocket(SNDBUFFORCE, ROOMY_BYTES);
    setIfOn(PASSCRED, options.passCredentials());
  }

  /** Sets all of them. */
  void setAll(SocketOptions options) throws IOException {
    // The kernel doubles the sizes that it is given.
    setSocket(SNDBUFFORCE, options.sendBufferBytes() / 2);
    setSocket(RCVBUFFORCE, options.receiveBufferBytes() / 2);
    setIf(SOL_SOCKET, BUF_LOCK, options.bufferLock());
    setIf(SOL_SOCKET, REUSEADDR, options.reuseAddress());
    setIfOn(REUSEPORT, options.reusePort());
    setIfNot(PRIORITY, options.priority(), 0);
    setIfNot(RCVLOWAT, options.receiveLowWater(), 1);
    setIfNot(MARK, options.mark(), 0);
    setIfOn(PASSCRED, options.passCredentials());
    setIfOn(PASSSEC, options.passSecurity());
    setIfOn(DONTROUTE, options.dontRoute());
    setIfOn(NO_CHECK, options.noCheck());
    setIfOn(BROADCAST, options.broadcast());
    setIfOn(KEEPALIVE, options.keepalive());
    setIfNot(OOBINLINE, options.outOfBandInline(), 0);
    if (options.linger().isPresent()) {
      ByteBuffer linger = ForeignMemory.layout(2 * Integer.BYTES);
      set(SOL_SOCKET, LINGER, linger.putInt(1).putInt(options.linger().getAsInt()).array());
    }
    setTimeout(SNDTIMEO, options.sendTimeoutSeconds(), options.sendTimeoutMicroseconds());
    setTimeout(RCVTIMEO, options.receiveTimeoutSeconds(), options.receiveTimeoutMicroseconds());
    if (options.boundDevice().isPresent()) {
      set(SOL_SOCKET, BINDTODEVICE, options.boundDevice().get().getBytes(StandardCharsets.UTF_8));
    }
  }

  private void setTimeout(int name, long seconds, long microseconds) throws IOException {
    if (seconds != 0 || microseconds != 0) {
      ByteBuffer time = ForeignMemory.layout(2 * Long.BYTES);
      set(SOL_SOCKET, name, time.putLong(seconds).putLong(microseconds).array());
    }
  }

  /** Shuts it down: 1 for reading, 2 for writing, 3 for both; 0 not. */
  void shutDown(int recorded) throws IOException {
    if (recorded != 0) {
      husk.must("shutdown", SyscallNumbers.SHUTDOWN, fd, recorded - 1);
    }
  }
}
