package io.criulazy.client.restore.files;

import io.criulazy.client.sys.ForeignMemory;
import io.criulazy.client.sys.SyscallNumbers;
import io.criulazy.proto.image.files.PipeBytes;
import io.criulazy.proto.image.files.RegularFile;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** A fifo, all descriptors that tasks have of it, and what it held. */
final class Fifos implements Making {
  private static final Set<Integer> TYPES = Set.of(0x1000); // S_IFIFO
  private static final int O_RDWR = 2;
  private static final int O_NONBLOCK = 0x800;
  private static final int O_CREATION = 0x2C0; // O_CREAT | O_EXCL | O_TRUNC
  private static final int FIONREAD = 0x541B;

  private final List<OpenFile> files;
  private final List<RegularFile> paths;
  private final PipeBytes content;

  private Fifos(List<OpenFile> files, List<RegularFile> paths, PipeBytes content) {
    this.files = files;
    this.paths = paths;
    this.content = content;
  }

  /**
   * Plans one.
   *
   * @param files at least one
   * @param content null if nothing is known of it
   */
  static void plan(Plan plan, FileImages images, List<OpenFile> files, PipeBytes content)
      throws IOException {
    List<RegularFile> paths = new ArrayList<>();
    for (OpenFile file : files) {
      RegularFile path = images.path(file.record().fifo().orElseThrow());
      String cause = RegularFiles.cause(plan, path, TYPES);
      if (cause != null) {
        plan.refuse(file, cause);
        return;
      }
      paths.add(path);
    }
    plan.add(new Fifos(files, paths, content));
  }

  @Override
  public void make(Husks husks) throws IOException {
    Husk first = husks.maker(files.get(0));
    // With both ends open nobody waits for another one, and nothing is lost in between.
    int both = first.open(paths.get(0).name(), O_RDWR | O_NONBLOCK);
    if (content != null) {
      requireEmpty(first, both);
      Pipes.fill(first, both, content);
    }
    for (int i = 0; i < files.size(); i++) {
      Husk husk = husks.maker(files.get(i));
      RegularFile path = paths.get(i);
      int made = husk.open(path.name(), path.flags() & ~O_CREATION);
      husk.setStatus(made, path.flags());
      husks.place(files.get(i), husk, made, path.owner());
    }
    first.close(both);
  }

  private void requireEmpty(Husk husk, int fd) throws IOException {
    long count = husk.put(new byte[Integer.BYTES]);
    husk.must("ioctl(FIONREAD)", SyscallNumbers.IOCTL, fd, FIONREAD, count);
    int bytes = ForeignMemory.layout(Integer.BYTES).put(0, husk.read(count, 4)).getInt(0);
    if (bytes != 0) {
      throw new IOException(
          "fifo %s is in use: somebody has written %d bytes to it"
              .formatted(paths.get(0).name(), bytes));
    }
  }
}
