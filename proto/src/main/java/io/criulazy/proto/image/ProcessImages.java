package io.criulazy.proto.image;

import io.criulazy.proto.image.codec.MessageCodec;
import io.criulazy.proto.image.files.FdInfo;
import io.criulazy.proto.image.files.FileLock;
import io.criulazy.proto.image.files.FileRecord;
import io.criulazy.proto.image.files.MemfdInode;
import io.criulazy.proto.image.files.PathRemap;
import io.criulazy.proto.image.files.PipeBytes;
import io.criulazy.proto.image.files.PipeContent;
import io.criulazy.proto.image.files.SocketBytes;
import io.criulazy.proto.image.files.SocketPacket;
import io.criulazy.proto.image.files.Terminal;
import io.criulazy.proto.image.memory.Mm;
import io.criulazy.proto.image.memory.SysvSegment;
import io.criulazy.proto.image.task.Core;
import io.criulazy.proto.image.task.FsContext;
import io.criulazy.proto.image.tree.Inventory;
import io.criulazy.proto.image.tree.KernelObjectIds;
import io.criulazy.proto.image.tree.TimeOffsets;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * All that the images of a dump tell of its processes, but for the pages and the tree: these are
 * {@link ImageDirectory}'s. Nothing is kept: each call reads its image. As good for many threads as
 * who is told of what is unknown.
 */
public final class ProcessImages {
  private final ImageDirectory directory;
  private final Consumer<String> unknown;

  /**
   * The images of an opened directory.
   *
   * @param unknown told, in a clause, of each thing that an image tells and no record here has a
   *     place for: it would be lost; {@code core-7.img has field 99 of TaskCore}
   */
  public ProcessImages(ImageDirectory directory, Consumer<String> unknown) {
    this.directory = directory;
    this.unknown = unknown;
  }

  /** The tasks, pagemaps and pages. */
  public ImageDirectory directory() {
    return directory;
  }

  /** {@code inventory.img}. */
  public Inventory inventory() throws IOException {
    return only(path("inventory.img"), ImageType.INVENTORY, Inventory.class);
  }

  /**
   * {@code core-TID.img}.
   *
   * @param tid a thread of {@link ImageTask#threads}, or a dead task
   */
  public Core core(int tid) throws IOException {
    return only(path("core-" + tid + ".img"), ImageType.CORE, Core.class);
  }

  /** {@code mm-PID.img}, its addresses checked. */
  public Mm mm(int pid) throws IOException {
    Path image = path("mm-" + pid + ".img");
    try (RecordReader reader = open(image, ImageType.MM)) {
      return MemoryMapReader.readWhole(image, reader);
    }
  }

  /** {@code fs-PID.img}. */
  public FsContext fs(int pid) throws IOException {
    return only(path("fs-" + pid + ".img"), ImageType.FS, FsContext.class);
  }

  /** {@code ids-PID.img}. */
  public KernelObjectIds ids(int pid) throws IOException {
    return only(path("ids-" + pid + ".img"), ImageType.IDS, KernelObjectIds.class);
  }

  /**
   * {@code fdinfo-N.img}.
   *
   * @param filesId as in {@link KernelObjectIds#filesId}
   */
  public List<FdInfo> descriptors(int filesId) throws IOException {
    return all(path("fdinfo-" + filesId + ".img"), ImageType.FDINFO, FdInfo.class);
  }

  /** {@code files.img}. */
  public List<FileRecord> files() throws IOException {
    return all(path("files.img"), ImageType.FILES, FileRecord.class);
  }

  /** {@code memfd.img}; none without it. */
  public List<MemfdInode> memfds() throws IOException {
    return allIfThere(path("memfd.img"), ImageType.MEMFD, MemfdInode.class);
  }

  /**
   * {@code ipcns-shm-N.img}: System V shared memory; none without it.
   *
   * @param ipcNamespace as in {@link KernelObjectIds#ipcNsId}
   */
  public List<SysvSegment> sysvSegments(int ipcNamespace) throws IOException {
    String name = "ipcns-shm-" + Integer.toUnsignedString(ipcNamespace) + ".img";
    return allIfThere(path(name), ImageType.IPCNS_SHM, SysvSegment.class);
  }

  /** {@code filelocks.img}; none without it. */
  public List<FileLock> fileLocks() throws IOException {
    return allIfThere(path("filelocks.img"), ImageType.FILE_LOCKS, FileLock.class);
  }

  /** {@code tty-info.img}: terminals; none without it. */
  public List<Terminal> terminals() throws IOException {
    return allIfThere(path("tty-info.img"), ImageType.TTY_INFO, Terminal.class);
  }

  /** {@code remap-fpath.img}: files whose path leads to them no more; none without it. */
  public List<PathRemap> remaps() throws IOException {
    return allIfThere(path("remap-fpath.img"), ImageType.REMAP_FPATH, PathRemap.class);
  }

  /** {@code pipes-data.img}: what pipes held. */
  public List<PipeBytes> pipes() throws IOException {
    return pipes(path("pipes-data.img"), ImageType.PIPES_DATA);
  }

  /** {@code fifo-data.img}: what fifos held. */
  public List<PipeBytes> fifos() throws IOException {
    return pipes(path("fifo-data.img"), ImageType.FIFO_DATA);
  }

  /** {@code sk-queues.img}: what sockets held, in order. */
  public List<SocketBytes> socketQueues() throws IOException {
    Path image = path("sk-queues.img");
    if (!Files.exists(image)) {
      return List.of();
    }
    try (RecordReader reader = open(image, ImageType.SK_QUEUES)) {
      return socketQueues(reader);
    }
  }

  static List<SocketBytes> socketQueues(RecordReader reader) throws IOException {
    MessageCodec<SocketPacket> codec = MessageCodec.of(SocketPacket.class);
    List<SocketBytes> packets = new ArrayList<>();
    for (SocketPacket head = reader.next(codec); head != null; head = reader.next(codec)) {
      packets.add(new SocketBytes(head, reader.bytes(head.length())));
    }
    return packets;
  }

  /** {@code timens-0.img}; empty without it. */
  public Optional<TimeOffsets> timeOffsets() throws IOException {
    Path image = path("timens-0.img");
    return Files.exists(image)
        ? Optional.of(only(image, ImageType.TIMENS, TimeOffsets.class))
        : Optional.empty();
  }

  private Path path(String name) {
    return directory.path().resolve(name);
  }

  private RecordReader open(Path image, ImageType type) throws IOException {
    RecordReader reader = RecordReader.open(image, type);
    reader.tell((message, field) -> tellUnknown(image, message, field));
    return reader;
  }

  /** A file of an unknown kind has its content in an unknown field; its type names it already. */
  private void tellUnknown(Path image, Class<? extends Record> message, int field) {
    if (message != FileRecord.class) {
      unknown.accept(
          "%s has field %d of %s".formatted(image.getFileName(), field, message.getSimpleName()));
    }
  }

  private <T extends Record> T only(Path image, ImageType type, Class<T> record)
      throws IOException {
    try (RecordReader reader = open(image, type)) {
      return reader.only(MessageCodec.of(record));
    }
  }

  private <T extends Record> List<T> allIfThere(Path image, ImageType type, Class<T> record)
      throws IOException {
    return Files.exists(image) ? all(image, type, record) : List.of();
  }

  private <T extends Record> List<T> all(Path image, ImageType type, Class<T> record)
      throws IOException {
    try (RecordReader reader = open(image, type)) {
      MessageCodec<T> codec = MessageCodec.of(record);
      List<T> records = new ArrayList<>();
      for (T next = reader.next(codec); next != null; next = reader.next(codec)) {
        records.add(next);
      }
      return records;
    }
  }

  private List<PipeBytes> pipes(Path image, ImageType type) throws IOException {
    if (!Files.exists(image)) {
      return List.of();
    }
    try (RecordReader reader = open(image, type)) {
      return pipes(reader);
    }
  }

  static List<PipeBytes> pipes(RecordReader reader) throws IOException {
    MessageCodec<PipeContent> codec = MessageCodec.of(PipeContent.class);
    List<PipeBytes> pipes = new ArrayList<>();
    for (PipeContent head = reader.next(codec); head != null; head = reader.next(codec)) {
      pipes.add(new PipeBytes(head, reader.bytes(head.bytes())));
    }
    return pipes;
  }
}
