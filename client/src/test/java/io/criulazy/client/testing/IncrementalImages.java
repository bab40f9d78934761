package io.criulazy.client.testing;

import com.google.protobuf.MessageLite;
import io.criulazy.daemon.store.ImageSet;
import io.criulazy.daemon.store.ImageStore;
import io.criulazy.proto.image.ImageDirectory;
import io.criulazy.proto.image.PagemapEntry;
import io.criulazy.proto.image.PagemapHead;
import io.criulazy.proto.image.PagemapReader;
import io.criulazy.proto.index.SeekIndex;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Turns two full dumps of a process into an image and its parent, as {@code criu --track-mem} would
 * have written them on a kernel that tracks soft-dirty pages: pages that are the same in the older
 * one are taken out of the younger one's pages file, and their entries say PARENT.
 */
public final class IncrementalImages {
  private static final int PAGE = (int) SeekIndex.PAGE_BYTES;
  private static final int[] MAGICS = {0x54564319, 0x56084025};

  private final Path directory;
  private final long pid;
  private final ByteArrayOutputStream pagemap = new ByteArrayOutputStream();
  private final ByteArrayOutputStream pages = new ByteArrayOutputStream();

  // The entry that grows; pages 0 = none.
  private long start;
  private int count;
  private int flags;

  private IncrementalImages(Path directory, long pid) {
    this.directory = directory;
    this.pid = pid;
  }

  /**
   * Makes the younger image depend on the older one, for one task.
   *
   * @return how many pages are in the parent now
   */
  public static long dependOn(Path younger, Path older, long pid) throws IOException {
    Files.createSymbolicLink(younger.resolve("parent"), younger.relativize(older));
    return new IncrementalImages(younger, pid).rewrite(older);
  }

  private long rewrite(Path older) throws IOException {
    long inParent = 0;
    long pagesId;
    for (int magic : MAGICS) {
      pagemap.write(u32(magic));
    }
    try (ImageSet parent = ImageStore.open(older);
        PagemapReader reader = ImageDirectory.open(directory).pagemap(pid)) {
      pagesId = reader.pagesId();
      write(PagemapHead.newBuilder().setPagesId((int) pagesId).build());
      ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(pagesFile(pagesId)));
      byte[] page = new byte[PAGE];
      while (reader.next()) {
        for (long i = 0; i < reader.pages(); i++) {
          long at = reader.vaddr() + i * PAGE;
          bytes.get(page);
          boolean same = Arrays.equals(page, pageAt(parent, at));
          inParent += same ? 1 : 0;
          add(at, same ? PagemapReader.PARENT : reader.flags(), page);
        }
      }
    }
    flush();
    Files.write(directory.resolve("pagemap-" + pid + ".img"), pagemap.toByteArray());
    Files.write(pagesFile(pagesId), pages.toByteArray());
    return inParent;
  }

  private byte[] pageAt(ImageSet images, long address) throws IOException {
    SeekIndex index = images.index(pid);
    int entry = index.find(address);
    if (entry < 0) {
      return null;
    }
    ByteBuffer page = ByteBuffer.allocate(PAGE);
    long offset = index.fileOffset(entry) + address - index.start(entry);
    images.pagesFile(index.file(entry)).read(offset, page);
    return page.array();
  }

  private void add(long at, int placement, byte[] page) throws IOException {
    if (placement != PagemapReader.PARENT) {
      pages.write(page);
    }
    if (count == 0 || at != start + (long) count * PAGE || placement != flags) {
      flush();
      start = at;
      flags = placement;
      count = 0;
    }
    count++;
  }

  private void flush() throws IOException {
    if (count > 0) {
      write(
          PagemapEntry.newBuilder()
              .setVaddr(start)
              .setCompatNrPages(count)
              .setFlags(flags)
              .build());
    }
  }

  private Path pagesFile(long pagesId) {
    return directory.resolve("pages-" + pagesId + ".img");
  }

  private void write(MessageLite message) throws IOException {
    pagemap.write(u32(message.getSerializedSize()));
    message.writeTo(pagemap);
  }

  private static byte[] u32(int value) {
    return ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array();
  }
}
