package io.criulazy.client.dump.files;

import io.criulazy.client.dump.Refusals;
import io.criulazy.client.dump.proc.Descriptor;
import io.criulazy.client.sys.ForeignFiles;
import io.criulazy.client.sys.OpenedFile;
import io.criulazy.client.sys.PipeContents;
import io.criulazy.proto.image.files.FileOwner;
import io.criulazy.proto.image.files.FileRecord;
import io.criulazy.proto.image.files.PipeBytes;
import io.criulazy.proto.image.files.PipeContent;
import io.criulazy.proto.image.files.PipeEnd;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/** Pipes and fifos: their ends, whether both are in the tree, and what they hold. */
public final class Pipes {
  private static final int ACCESS_MODE = 3;
  private static final int O_RDONLY = 0;
  private static final int O_WRONLY = 1;
  private static final int O_DIRECT = 040000;
  private static final int POLLIN = 1;
  private static final int POLLOUT = 4;
  private static final int POLLERR = 8;
  private static final int POLLHUP = 16;
  private static final int LAST_STANDARD_STREAM = 2;

  /** What is known of one pipe. */
  private static final class Pipe {
    private final List<Descriptor> readers = new ArrayList<>();
    private final List<Descriptor> writers = new ArrayList<>();
    private boolean hasOtherEnd;
  }

  private final FileTable table;
  private final Refusals refusals;
  private final Map<Long, Pipe> pipes = new LinkedHashMap<>();
  private final Map<Long, Pipe> fifos = new LinkedHashMap<>();

  Pipes(FileTable table, Refusals refusals) {
    this.table = table;
    this.refusals = refusals;
  }

  OptionalInt describe(Descriptor descriptor, OpenedFile file, FileOwner owner) throws IOException {
    int flags = descriptor.flags();
    if ((flags & O_DIRECT) != 0) {
      refusals.add(descriptor + " is a pipe in packet mode (O_DIRECT)");
      return OptionalInt.empty();
    }
    Pipe pipe = remember(pipes, descriptor);
    int ready = file.poll(POLLIN | POLLOUT);
    pipe.hasOtherEnd = (ready & (POLLERR | POLLHUP)) == 0;
    int inode = (int) descriptor.status().inode();
    return OptionalInt.of(table.add(id -> FileRecord.of(new PipeEnd(id, inode, flags, owner))));
  }

  void addFifo(Descriptor descriptor) throws IOException {
    remember(fifos, descriptor);
  }

  private static Pipe remember(Map<Long, Pipe> all, Descriptor descriptor) throws IOException {
    Pipe pipe = all.computeIfAbsent(descriptor.status().inode(), inode -> new Pipe());
    int mode = descriptor.flags() & ACCESS_MODE;
    if (mode != O_WRONLY) {
      pipe.readers.add(descriptor);
    }
    if (mode != O_RDONLY) {
      pipe.writers.add(descriptor);
    }
    return pipe;
  }

  /**
   * Refuses pipes that lead out of the tree, when all processes have been looked at. Standard
   * streams may: whoever restores gives his own.
   */
  public void checkEnds() {
    for (Pipe pipe : pipes.values()) {
      boolean whole = !pipe.readers.isEmpty() && !pipe.writers.isEmpty();
      if (!whole && pipe.hasOtherEnd) {
        List<Descriptor> ends = pipe.readers.isEmpty() ? pipe.writers : pipe.readers;
        ends.stream()
            .filter(end -> end.number() > LAST_STANDARD_STREAM)
            .forEach(end -> refusals.add(end + " leads to a process outside of the tree"));
      }
    }
  }

  /** What the pipes hold; the processes are stopped. */
  public List<PipeBytes> pipeContents() throws IOException {
    return contents(pipes);
  }

  /** What the fifos hold. */
  public List<PipeBytes> fifoContents() throws IOException {
    return contents(fifos);
  }

  private static List<PipeBytes> contents(Map<Long, Pipe> all) throws IOException {
    List<PipeBytes> contents = new ArrayList<>();
    for (Map.Entry<Long, Pipe> pipe : all.entrySet()) {
      if (!pipe.getValue().readers.isEmpty()) {
        contents.add(content(pipe.getKey(), pipe.getValue().readers.get(0)));
      }
    }
    return contents;
  }

  private static PipeBytes content(long inode, Descriptor reader) throws IOException {
    try (ForeignFiles files = new ForeignFiles(reader.pid());
        OpenedFile file = new OpenedFile(files.take(reader.number()), reader.toString())) {
      byte[] bytes = PipeContents.peek(file.fd());
      int capacity = PipeContents.capacityBytes(file.fd());
      return new PipeBytes(
          new PipeContent((int) inode, bytes.length, OptionalInt.of(capacity)), bytes);
    }
  }
}
