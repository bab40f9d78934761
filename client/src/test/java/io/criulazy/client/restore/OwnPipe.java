package io.criulazy.client.restore;

import io.criulazy.client.sys.FileDescriptor;
import io.criulazy.client.sys.NativeBuffer;
import io.criulazy.client.sys.SysException;
import io.criulazy.client.sys.SyscallNumbers;
import io.criulazy.client.sys.SystemCall;
import java.nio.charset.StandardCharsets;

/** A pipe of this JVM. */
final class OwnPipe implements AutoCloseable {
  private final NativeBuffer ends = new NativeBuffer(8);

  private OwnPipe() {}

  static OwnPipe make() throws SysException {
    OwnPipe pipe = new OwnPipe();
    SysException.check(
        "pipe2", "a test", SystemCall.call(SyscallNumbers.PIPE2, pipe.ends.address(), 0));
    return pipe;
  }

  int readEnd() {
    return ends.getInt(0);
  }

  int writeEnd() {
    return ends.getInt(4);
  }

  void write(String text) throws SysException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    NativeBuffer buffer = new NativeBuffer(bytes.length).putBytes(0, bytes);
    SysException.check(
        "write",
        "a pipe",
        SystemCall.call(SyscallNumbers.WRITE, writeEnd(), buffer.address(), bytes.length));
  }

  /** Waits for as many bytes. */
  String read(int count) throws SysException {
    NativeBuffer buffer = new NativeBuffer(count);
    int got =
        (int)
            SysException.check(
                "read",
                "a pipe",
                SystemCall.call(SyscallNumbers.READ, readEnd(), buffer.address(), count));
    return new String(buffer.getBytes(0, got), StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    FileDescriptor.close(readEnd());
    FileDescriptor.close(writeEnd());
  }
}
