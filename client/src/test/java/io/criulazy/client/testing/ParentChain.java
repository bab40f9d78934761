package io.criulazy.client.testing;

import com.google.protobuf.MessageLite;
import io.criulazy.proto.image.PagemapEntry;
import io.criulazy.proto.image.PagemapHead;
import io.criulazy.proto.image.PagemapReader;
import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Spreads the pages of a dump over the dump and two parents, as {@code criu pre-dump} would have
 * left them. It is for kernels without soft-dirty tracking, where criu refuses {@code --track-mem};
 * criu itself restores the result.
 *
 * <p>Of each page a parent may hold an older state as well, which nobody may use; here that is a
 * page full of 0xee.
 */
public final class ParentChain {
  private static final int PAGE_BYTES = (int) PagemapReader.PAGE_BYTES;
  private static final int MAGIC_BYTES = 8;

  private ParentChain() {}

  /**
   * Rewrites the pagemap and the pages file of a task.
   *
   * @param chain the directory of the dump, then its parent, then the parent's; the latter two
   *     empty
   * @param pid the task
   */
  public static void spread(List<Path> chain, long pid) throws IOException {
    String name = "pagemap-" + pid + ".img";
    Path pagemap = chain.get(0).resolve(name);
    Path whole = Files.move(pagemap, pagemap.resolveSibling(name + ".whole"));
    try (PagemapReader reader = PagemapReader.open(whole)) {
      String pagesName = "pages-" + reader.pagesId() + ".img";
      Path pages = chain.get(0).resolve(pagesName);
      Path wholePages = Files.move(pages, pages.resolveSibling(pagesName + ".whole"));
      List<Level> levels = new ArrayList<>();
      for (Path directory : chain) {
        levels.add(new Level(directory, name, whole, reader.pagesId()));
      }
      try (FileChannel from = FileChannel.open(wholePages)) {
        spread(reader, from, levels);
      }
      for (Level level : levels) {
        level.close();
      }
      Files.delete(wholePages);
    }
    Files.delete(whole);
    for (int i = 1; i < chain.size(); i++) {
      Path target = Path.of("..").resolve(chain.get(i).getFileName());
      Files.createSymbolicLink(chain.get(i - 1).resolve("parent"), target);
    }
  }

  private static void spread(PagemapReader reader, FileChannel from, List<Level> levels)
      throws IOException {
    ByteBuffer page = ByteBuffer.allocate(PAGE_BYTES);
    ByteBuffer stale = ByteBuffer.allocate(PAGE_BYTES);
    while (stale.hasRemaining()) {
      stale.put((byte) 0xee);
    }
    stale.flip();
    long number = 0;
    while (reader.next()) {
      for (long i = 0; i < reader.pages(); i++, number++) {
        page.clear();
        from.read(page, number * PAGE_BYTES);
        page.flip();
        long address = reader.vaddr() + i * PAGE_BYTES;
        place(levels, address, number, reader.flags(), page, stale);
      }
    }
  }

  /** Runs of 1 to 11 pages on each level, so that the borders of the levels' entries differ. */
  private static void place(
      List<Level> levels, long address, long number, int flags, ByteBuffer page, ByteBuffer stale)
      throws IOException {
    int owner = (int) (number / (1 + number / 64 % 11) % levels.size());
    for (int i = 0; i < owner; i++) {
      levels.get(i).add(address, PagemapReader.PARENT, null);
    }
    levels.get(owner).add(address, flags, page);
    for (int i = owner + 1; i < levels.size(); i++) {
      if (number % 5 < 3) {
        levels.get(i).add(address, flags, stale.duplicate());
      }
    }
  }

  /** The pagemap and the pages file of one directory while they are written. */
  private static final class Level implements Closeable {
    private final OutputStream pagemap;
    private final OutputStream pages;
    private long start;
    private long count;
    private int flags;

    Level(Path directory, String name, Path original, long pagesId) throws IOException {
      pagemap = new BufferedOutputStream(Files.newOutputStream(directory.resolve(name)));
      pages =
          new BufferedOutputStream(
              Files.newOutputStream(directory.resolve("pages-" + pagesId + ".img")), 1 << 20);
      try (FileChannel magics = FileChannel.open(original)) {
        ByteBuffer bytes = ByteBuffer.allocate(MAGIC_BYTES);
        magics.read(bytes);
        pagemap.write(bytes.array());
      }
      write(PagemapHead.newBuilder().setPagesId((int) pagesId).build());
    }

    /** Appends a page; {@code page} is null if its bytes are not here. */
    void add(long address, int pageFlags, ByteBuffer page) throws IOException {
      if (address != start + count * PAGE_BYTES || pageFlags != flags) {
        endEntry();
        start = address;
        flags = pageFlags;
      }
      count++;
      if (page != null) {
        pages.write(page.array());
      }
    }

    private void endEntry() throws IOException {
      if (count > 0) {
        PagemapEntry.Builder entry = PagemapEntry.newBuilder().setVaddr(start).setFlags(flags);
        write(entry.setCompatNrPages((int) count).build());
      }
      count = 0;
    }

    private void write(MessageLite record) throws IOException {
      ByteBuffer length = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN);
      pagemap.write(length.putInt(record.getSerializedSize()).array());
      record.writeTo(pagemap);
    }

    @Override
    public void close() throws IOException {
      endEntry();
      pagemap.close();
      pages.close();
    }
  }
}
