package io.criulazy.daemon.store;

import com.google.protobuf.MessageLite;
import io.criulazy.proto.image.CoreEntry;
import io.criulazy.proto.image.InventoryEntry;
import io.criulazy.proto.image.MmEntry;
import io.criulazy.proto.image.PagemapEntry;
import io.criulazy.proto.image.PagemapHead;
import io.criulazy.proto.image.PstreeEntry;
import io.criulazy.proto.image.TaskCoreEntry;
import io.criulazy.proto.image.VmaEntry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Writes the images of a tree of two tasks: {@link #TASK} with one lazy mapping, and a zombie. Page
 * n of the pages file is full of the byte n.
 */
public final class TestImages {
  public static final int TASK = 10;
  public static final int ZOMBIE = 11;
  public static final long SHARED_MEMORY = 77;
  public static final long PAGE = 4096;
  public static final long BASE = 0x7f00_0000_0000L;

  private static final int LAZY_PRESENT = 2 | 4;

  private TestImages() {}

  /** Writes them; the lazy mapping has so many pages, all in pages-1.img, which is not written. */
  static Path writeWithoutPages(Path directory, long pages) throws IOException {
    Files.createDirectories(directory);
    write(
        directory.resolve("inventory.img"),
        0x58313116,
        InventoryEntry.newBuilder().setImgVersion(2).build());
    write(directory.resolve("pstree.img"), 0x50273030, pstree(TASK, 0), pstree(ZOMBIE, TASK));
    write(directory.resolve("core-10.img"), 0x55053847, core(1));
    write(directory.resolve("core-11.img"), 0x55053847, core(6));
    write(directory.resolve("mm-10.img"), 0x57492820, memoryMap(pages));
    write(directory.resolve("pagemap-10.img"), 0x56084025, head(1), entry(BASE, pages));
    write(directory.resolve("pagemap-shmem-77.img"), 0x56084025, head(2), entry(0, 1));
    writePages(directory.resolve("pages-2.img"), 1);
    return directory;
  }

  public static Path write(Path directory, int pages) throws IOException {
    writeWithoutPages(directory, pages);
    writePages(directory.resolve("pages-1.img"), pages);
    return directory;
  }

  public static void writePages(Path file, int pages) throws IOException {
    byte[] bytes = new byte[(int) (pages * PAGE)];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (i / PAGE);
    }
    Files.write(file, bytes);
  }

  private static PstreeEntry pstree(int pid, int ppid) {
    return PstreeEntry.newBuilder()
        .setPid(pid)
        .setPpid(ppid)
        .setPgid(TASK)
        .setSid(TASK)
        .addThreads(pid)
        .build();
  }

  private static CoreEntry core(int taskState) {
    return CoreEntry.newBuilder()
        .setMtype(1)
        .setTc(TaskCoreEntry.newBuilder().setTaskState(taskState).setExitCode(0).setComm("test"))
        .build();
  }

  private static MmEntry memoryMap(long pages) {
    VmaEntry lazy =
        VmaEntry.newBuilder()
            .setStart(BASE)
            .setEnd(BASE + pages * PAGE)
            .setProt(3)
            .setFlags(0x22)
            .setStatus(0x201)
            .setPgoff(0)
            .setShmid(0)
            .setFd(-1)
            .build();
    return MmEntry.newBuilder()
        .setMmStartCode(0)
        .setMmEndCode(0)
        .setMmStartData(0)
        .setMmEndData(0)
        .setMmStartStack(0)
        .setMmStartBrk(0)
        .setMmBrk(0)
        .setMmArgStart(0)
        .setMmArgEnd(0)
        .setMmEnvStart(0)
        .setMmEnvEnd(0)
        .setExeFileId(0)
        .addVmas(lazy)
        .build();
  }

  private static PagemapHead head(int pagesId) {
    return PagemapHead.newBuilder().setPagesId(pagesId).build();
  }

  private static PagemapEntry entry(long vaddr, long pages) {
    return PagemapEntry.newBuilder()
        .setVaddr(vaddr)
        .setCompatNrPages(0)
        .setFlags(LAZY_PRESENT)
        .setNrPages(pages)
        .build();
  }

  private static void write(Path file, int magic, MessageLite... records) throws IOException {
    ByteArrayOutputStream image = new ByteArrayOutputStream();
    if (magic != 0x58313116) {
      image.write(u32(0x54564319));
    }
    image.write(u32(magic));
    for (MessageLite message : records) {
      image.write(u32(message.getSerializedSize()));
      message.writeTo(image);
    }
    Files.write(file, image.toByteArray());
  }

  private static byte[] u32(int value) {
    return ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array();
  }
}
