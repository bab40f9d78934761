package io.criulazy.client.restore;

import io.criulazy.client.sys.SyscallNumbers;
import io.criulazy.proto.image.files.PipeBytes;
import io.criulazy.proto.image.files.PipeEnd;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * Pipes with what they held. Each end is opened anew from one pair, so that it has its own flags.
 */
final class Pipes {
  private static final int AT_FDCWD = -100;
  private static final int F_SETPIPE_SZ = 1031;
  private static final int O_NONBLOCK = 0x800;
  private static final int O_ACCESS_AND_STATUS =
      0x4C03; // access mode, O_APPEND, O_NONBLOCK, O_DIRECT
  private static final int CHUNK_BYTES = 65_536;

  private final Workshop factory;
  private final Map<Integer, PipeBytes> contents = new HashMap<>();

  /** By pipe id: the read end in the lower word, the write end in the upper. */
  private final Map<Integer, Long> pairs = new HashMap<>();

  Pipes(Workshop factory, SavedTree tree) throws IOException {
    this.factory = factory;
    for (PipeBytes pipe : tree.records().pipes()) {
      contents.put(pipe.head().pipeId(), pipe);
    }
  }

  /** Opens an end. */
  long open(PipeEnd end) throws IOException {
    long pair = pairs.containsKey(end.pipeId()) ? pairs.get(end.pipeId()) : make(end.pipeId());
    String link = "/proc/self/fd/" + (int) pair;
    return factory.must(
        "open of a pipe",
        SyscallNumbers.OPENAT,
        AT_FDCWD,
        factory.put(link),
        end.flags() & O_ACCESS_AND_STATUS,
        0);
  }

  private long make(int id) throws IOException {
    long result = factory.room(2 * Integer.BYTES);
    factory.must("pipe2", SyscallNumbers.PIPE2, result, O_NONBLOCK);
    long pair =
        ByteBuffer.wrap(factory.read(result, Long.BYTES)).order(ByteOrder.LITTLE_ENDIAN).getLong();
    pairs.put(id, pair);
    PipeBytes content = contents.get(id);
    if (content != null) {
      fill(content, pair >>> Integer.SIZE);
    }
    return pair;
  }

  private void fill(PipeBytes pipe, long writeEnd) throws IOException {
    if (pipe.head().size().isPresent()) {
      factory.must(
          "fcntl(F_SETPIPE_SZ)",
          SyscallNumbers.FCNTL,
          writeEnd,
          F_SETPIPE_SZ,
          pipe.head().size().getAsInt());
    }
    byte[] bytes = pipe.content();
    for (int done = 0; done < bytes.length; ) {
      byte[] chunk = Arrays.copyOfRange(bytes, done, Math.min(bytes.length, done + CHUNK_BYTES));
      long address = factory.put(chunk);
      done +=
          (int)
              factory.must(
                  "write of a pipe's content",
                  SyscallNumbers.WRITE,
                  writeEnd,
                  address,
                  chunk.length);
    }
  }

  /** Closes the pairs: who has an end has opened his own. */
  void close() throws IOException {
    for (long pair : pairs.values()) {
      factory.must("close", SyscallNumbers.CLOSE, (int) pair);
      factory.must("close", SyscallNumbers.CLOSE, pair >>> Integer.SIZE);
    }
  }
}
