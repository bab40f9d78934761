package io.criulazy.client.source;

import io.criulazy.client.sys.FileDescriptor;
import io.criulazy.client.sys.MappedDescriptor;
import io.criulazy.client.sys.UnixConnection;
import io.criulazy.proto.index.SeekIndex;
import io.criulazy.proto.index.SeekIndexBuilder;
import io.criulazy.proto.wire.Extents;
import io.criulazy.proto.wire.FailureCode;
import io.criulazy.proto.wire.FrameType;
import io.criulazy.proto.wire.Frames;
import io.criulazy.proto.wire.Grant;
import io.criulazy.proto.wire.Granted;
import io.criulazy.proto.wire.ListExtents;
import io.criulazy.proto.wire.WireException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Pages files that a page server of this host has handed over, mapped: from then on the server is
 * needed no more, and the pages come as from images of our own.
 */
final class GrantedSupply implements PageSupply {
  private static final int MAX_FILES = 65_536;
  private static final int PRESENT = 2;
  private static final int LAZY = 1;

  private final ServerStream stream;
  private final FrameReader reader = new FrameReader();
  private final List<MappedDescriptor> mappings = new ArrayList<>();

  /** By ordinal; null where the server has no such file, or an empty one. */
  private MappedFile[] files = {};

  /** By task: what was asked for ahead. */
  private final Map<Long, SeekIndex> known = new HashMap<>();

  private GrantedSupply(ServerStream stream) {
    this.stream = stream;
  }

  /**
   * Asks for the files.
   *
   * @param stream greeted, on a unix socket; owned by the result
   */
  static GrantedSupply over(ServerStream stream) throws IOException {
    GrantedSupply supply = new GrantedSupply(stream);
    try {
      supply.receiveFiles();
      return supply;
    } catch (IOException | RuntimeException e) {
      supply.close();
      throw e;
    }
  }

  private void receiveFiles() throws IOException {
    stream.write(Frames.of(FrameType.GRANT, Grant.newBuilder().setRequest(1).build()));
    Granted granted = reader.expect(stream, FrameType.GRANTED, Granted.parser());
    if (granted.getFileCount() != granted.getSizeBytesCount()) {
      throw malformed("files and sizes that don't match");
    }
    UnixConnection socket = stream.plain().orElseThrow().descriptors();
    for (int i = 0; i < granted.getFileCount(); i++) {
      if (socket.receive(1) != 1) {
        throw new IOException("the server has not sent the files that it has announced");
      }
      int fd = socket.takeDescriptor();
      if (fd < 0) {
        throw malformed("no descriptor where one is due");
      }
      map(granted.getFile(i), fd, granted.getSizeBytes(i));
    }
  }

  private void map(int ordinal, int fd, long sizeBytes) throws IOException {
    if (sizeBytes == 0) {
      FileDescriptor.close(fd);
      return;
    }
    MappedDescriptor mapped = new MappedDescriptor(fd, sizeBytes);
    mappings.add(mapped);
    if (ordinal < 0 || ordinal >= MAX_FILES) {
      throw malformed("pages file " + Integer.toUnsignedString(ordinal));
    }
    if (ordinal >= files.length) {
      files = Arrays.copyOf(files, ordinal + 1);
    }
    files[ordinal] = new MappedFile(mapped);
  }

  /** Asks where a task has its pages, so that the server need not be there later. */
  void learn(long pid) throws IOException {
    known.put(pid, index(pid));
  }

  @Override
  public PageSource source(long pid, SeekIndex index, ArrivalListener arrivals) throws IOException {
    SeekIndex theirs = known.containsKey(pid) ? known.get(pid) : index(pid);
    requireAll(pid, index, theirs);
    return new ImageSource(theirs, files, this::verifyUnchanged);
  }

  /** What we will ask for has to be there. */
  private static void requireAll(long pid, SeekIndex ours, SeekIndex theirs) throws IOException {
    for (int entry = 0; entry < ours.entryCount(); entry++) {
      long at = ours.start(entry);
      while (ours.lazy(entry) && at < ours.end(entry)) {
        int found = theirs.find(at);
        if (found < 0 || !theirs.present(found)) {
          throw new WireException(
              FailureCode.NO_SUCH_IMAGES,
              "the server's images don't have page %x of task %d".formatted(at, pid));
        }
        at = theirs.end(found);
      }
    }
  }

  private SeekIndex index(long pid) throws IOException {
    SeekIndexBuilder builder = new SeekIndexBuilder();
    long from = 0;
    Extents extents;
    do {
      ListExtents list =
          ListExtents.newBuilder().setRequest(2).setTask(pid).setFromAddress(from).build();
      stream.write(Frames.of(FrameType.LIST_EXTENTS, list));
      extents = reader.expect(stream, FrameType.EXTENTS, Extents.parser());
      from = add(extents, builder, from);
    } while (!extents.getComplete());
    return builder.build();
  }

  /** Returns where the last of them ends. */
  private long add(Extents extents, SeekIndexBuilder builder, long from) throws WireException {
    int count = extents.getAddressCount();
    if (extents.getPagesCount() != count
        || extents.getFlagsCount() != count
        || extents.getFileCount() != count
        || extents.getFileOffsetCount() != count
        || count == 0 && !extents.getComplete()
        || builder.full()) {
      throw malformed("extents that make no sense");
    }
    long end = from;
    for (int i = 0; i < count; i++) {
      try {
        end = add(extents, i, builder);
      } catch (IllegalArgumentException e) {
        throw malformed(e.getMessage());
      }
    }
    return end;
  }

  private long add(Extents extents, int i, SeekIndexBuilder builder) throws WireException {
    long start = extents.getAddress(i);
    long pages = extents.getPages(i);
    boolean lazy = (extents.getFlags(i) & LAZY) != 0;
    if ((extents.getFlags(i) & PRESENT) != 0) {
      int file = extents.getFile(i);
      long offset = extents.getFileOffset(i);
      builder.addPresent(start, pages, lazy, file, offset);
      if (file >= files.length || files[file] == null || !files[file].has(offset, pages)) {
        throw malformed("pages outside of the files that the server has handed over");
      }
    } else if (lazy) {
      builder.addAbsent(start, pages);
    }
    return start + pages * SeekIndex.PAGE_BYTES;
  }

  private static WireException malformed(String what) {
    return new WireException(FailureCode.MALFORMED, "the server sends " + what);
  }

  private void verifyUnchanged() throws IOException {
    for (MappedDescriptor mapping : mappings) {
      mapping.verifyUnchanged();
    }
  }

  @Override
  public void begin(AnswerLoop loop) {
    // Everything is here.
  }

  @Override
  public void finish() {
    // The server does not keep anything for us.
  }

  @Override
  public void close() {
    stream.close();
    reader.close();
    mappings.forEach(MappedDescriptor::close);
    mappings.clear();
  }
}
