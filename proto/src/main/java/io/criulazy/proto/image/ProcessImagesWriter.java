package io.criulazy.proto.image;

import io.criulazy.proto.image.files.FdInfo;
import io.criulazy.proto.image.files.FileLock;
import io.criulazy.proto.image.files.FileRecord;
import io.criulazy.proto.image.files.MemfdInode;
import io.criulazy.proto.image.files.PipeBytes;
import io.criulazy.proto.image.files.SocketBytes;
import io.criulazy.proto.image.files.Terminal;
import io.criulazy.proto.image.memory.Mm;
import io.criulazy.proto.image.memory.SysvSegment;
import io.criulazy.proto.image.task.Core;
import io.criulazy.proto.image.task.FsContext;
import io.criulazy.proto.image.tree.Inventory;
import io.criulazy.proto.image.tree.KernelObjectIds;
import io.criulazy.proto.image.tree.TimeOffsets;
import io.criulazy.proto.image.tree.TreeTask;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/**
 * Writes the images of processes into a directory, as {@link ProcessImages} and criu 4.1.1 read
 * them. Each call writes one image, which must not be there yet. The directory is whole when the
 * caller has written all that belongs to it; who reads must not see it before.
 */
public final class ProcessImagesWriter {
  private static final int PAGES_BUFFER_BYTES = 1 << 16;

  private final Path directory;

  /**
   * @param directory exists, and holds no images
   */
  public ProcessImagesWriter(Path directory) {
    this.directory = directory;
  }

  /** {@code inventory.img}. */
  public void inventory(Inventory inventory) throws IOException {
    write("inventory.img", ImageType.INVENTORY, List.of(inventory));
  }

  /** {@code pstree.img}: parents before their children. */
  public void tree(List<TreeTask> tasks) throws IOException {
    write("pstree.img", ImageType.PSTREE, tasks);
  }

  /** {@code core-TID.img}. */
  public void core(int tid, Core core) throws IOException {
    write("core-" + tid + ".img", ImageType.CORE, List.of(core));
  }

  /** {@code mm-PID.img}. */
  public void mm(int pid, Mm mm) throws IOException {
    write("mm-" + pid + ".img", ImageType.MM, List.of(mm));
  }

  /** {@code fs-PID.img}. */
  public void fs(int pid, FsContext fs) throws IOException {
    write("fs-" + pid + ".img", ImageType.FS, List.of(fs));
  }

  /** {@code ids-PID.img}. */
  public void ids(int pid, KernelObjectIds ids) throws IOException {
    write("ids-" + pid + ".img", ImageType.IDS, List.of(ids));
  }

  /** {@code fdinfo-N.img}. */
  public void descriptors(int filesId, List<FdInfo> descriptors) throws IOException {
    write("fdinfo-" + filesId + ".img", ImageType.FDINFO, descriptors);
  }

  /** {@code files.img}. */
  public void files(List<FileRecord> files) throws IOException {
    write("files.img", ImageType.FILES, files);
  }

  /** {@code tty-info.img}. */
  public void terminals(List<Terminal> terminals) throws IOException {
    write("tty-info.img", ImageType.TTY_INFO, terminals);
  }

  /** {@code filelocks.img}. */
  public void fileLocks(List<FileLock> locks) throws IOException {
    write("filelocks.img", ImageType.FILE_LOCKS, locks);
  }

  /** {@code ipcns-shm-N.img}: System V shared memory. */
  public void sysvSegments(int ipcNamespace, List<SysvSegment> segments) throws IOException {
    write("ipcns-shm-" + ipcNamespace + ".img", ImageType.IPCNS_SHM, segments);
  }

  /** {@code memfd.img}. */
  public void memfds(List<MemfdInode> memfds) throws IOException {
    write("memfd.img", ImageType.MEMFD, memfds);
  }

  /** {@code pipes-data.img}. */
  public void pipes(List<PipeBytes> pipes) throws IOException {
    pipes("pipes-data.img", ImageType.PIPES_DATA, pipes);
  }

  /** {@code fifo-data.img}. */
  public void fifos(List<PipeBytes> fifos) throws IOException {
    pipes("fifo-data.img", ImageType.FIFO_DATA, fifos);
  }

  private void pipes(String name, ImageType type, List<PipeBytes> pipes) throws IOException {
    try (RecordWriter writer = RecordWriter.create(directory.resolve(name), type)) {
      for (PipeBytes pipe : pipes) {
        writer.write(pipe.head());
        writer.bytes(pipe.content());
      }
    }
  }

  /** {@code sk-queues.img}. */
  public void socketQueues(List<SocketBytes> packets) throws IOException {
    Path image = directory.resolve("sk-queues.img");
    try (RecordWriter writer = RecordWriter.create(image, ImageType.SK_QUEUES)) {
      for (SocketBytes packet : packets) {
        writer.write(packet.head());
        writer.bytes(packet.content());
      }
    }
  }

  /** {@code timens-0.img}. */
  public void timeOffsets(TimeOffsets offsets) throws IOException {
    write("timens-0.img", ImageType.TIMENS, List.of(offsets));
  }

  /**
   * Begins {@code pagemap-PID.img}; the caller closes it.
   *
   * @param pagesId the number of the pages file, another one for each pagemap
   */
  public PagemapWriter pagemap(int pid, int pagesId) throws IOException {
    return pagemap("pagemap-" + pid + ".img", pagesId);
  }

  /** Begins {@code pagemap-shmem-ID.img}; the caller closes it. */
  public PagemapWriter shmemPagemap(long shmid, int pagesId) throws IOException {
    return pagemap("pagemap-shmem-" + Long.toUnsignedString(shmid) + ".img", pagesId);
  }

  private PagemapWriter pagemap(String name, int pagesId) throws IOException {
    return new PagemapWriter(
        new BufferedOutputStream(
            Files.newOutputStream(directory.resolve(name), StandardOpenOption.CREATE_NEW),
            PAGES_BUFFER_BYTES),
        pagesId);
  }

  /** Where the pages of a pagemap belong. */
  public Path pagesFile(int pagesId) {
    return directory.resolve("pages-" + pagesId + ".img");
  }

  private void write(String name, ImageType type, List<? extends Record> records)
      throws IOException {
    try (RecordWriter writer = RecordWriter.create(directory.resolve(name), type)) {
      for (Record message : records) {
        writer.write(message);
      }
    }
  }
}
