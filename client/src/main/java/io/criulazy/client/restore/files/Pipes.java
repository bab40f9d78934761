package io.criulazy.client.restore.files;

import io.criulazy.client.sys.SyscallNumbers;
import io.criulazy.proto.image.files.PipeBytes;
import io.criulazy.proto.image.files.PipeEnd;
import java.io.IOException;
import java.util.List;

/** A pipe, all its ends that tasks have, and what it held. */
final class Pipes implements Making {
  private static final int F_SETPIPE_SZ = 1031;
  private static final int O_ACCMODE = 3;
  private static final int O_RDONLY = 0;
  private static final int O_WRONLY = 1;
  private static final int O_NONBLOCK = 0x800;
  private static final int O_DIRECT = 0x4000;

  private final List<OpenFile> ends;
  private final PipeBytes content;

  private Pipes(List<OpenFile> ends, PipeBytes content) {
    this.ends = ends;
    this.content = content;
  }

  /**
   * Plans one.
   *
   * @param ends at least one
   * @param content null if nothing is known of it
   */
  static void plan(Plan plan, List<OpenFile> ends, PipeBytes content) {
    for (OpenFile end : ends) {
      if ((flags(end) & O_DIRECT) != 0) {
        plan.refuse(end, "a pipe in packet mode (O_DIRECT)");
        return;
      }
    }
    plan.add(new Pipes(ends, content));
  }

  /** Whether all ends are of one kind: the others are held by nobody, or outside of the tree. */
  static boolean isOneSided(List<OpenFile> ends) {
    return ends.stream().allMatch(end -> mode(end) == O_RDONLY)
        || ends.stream().allMatch(end -> mode(end) == O_WRONLY);
  }

  static int flags(OpenFile end) {
    return end(end).flags();
  }

  private static int mode(OpenFile end) {
    return flags(end) & O_ACCMODE;
  }

  private static PipeEnd end(OpenFile file) {
    return file.record().pipe().orElseThrow();
  }

  @Override
  public void make(Husks husks) throws IOException {
    Husk husk = husks.maker(ends.get(0));
    int[] pair = husk.pipe();
    husk.setStatus(pair[1], O_NONBLOCK);
    if (content != null) {
      fill(husk, pair[1], content);
    }
    boolean[] used = new boolean[2];
    for (OpenFile end : ends) {
      int mode = mode(end);
      int made;
      if (mode <= O_WRONLY && !used[mode]) {
        used[mode] = true;
        made = husk.again(pair[mode]);
        husk.setStatus(made, flags(end));
      } else {
        made = husk.reopen(pair[0], flags(end));
      }
      husks.place(end, husk, made, end(end).owner());
    }
    husk.close(pair[0]);
    husk.close(pair[1]);
  }

  /** Gives a pipe its size and its bytes; a descriptor that does not wait is used for it. */
  static void fill(Husk husk, int fd, PipeBytes content) throws IOException {
    if (content.head().size().isPresent()) {
      int size = content.head().size().getAsInt();
      husk.must("fcntl(F_SETPIPE_SZ) to " + size, SyscallNumbers.FCNTL, fd, F_SETPIPE_SZ, size);
    }
    byte[] bytes = content.content();
    if (bytes.length == 0) {
      return;
    }
    long written =
        husk.withBytes(
            bytes,
            address ->
                husk.must("write to a pipe", SyscallNumbers.WRITE, fd, address, bytes.length));
    if (written != bytes.length) {
      throw new IOException(
          "of the %d bytes that pipe %s held only %d fit into it"
              .formatted(bytes.length, Integer.toUnsignedString(content.head().pipeId()), written));
    }
  }
}
