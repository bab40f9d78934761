package io.criulazy.proto.index;

import io.criulazy.proto.image.ImageDirectory;
import io.criulazy.proto.image.ImageFormatException;
import io.criulazy.proto.image.PagemapReader;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/**
 * Makes a {@link SeekIndex} from a pagemap and, where that says so, from the pagemaps of its parent
 * images.
 *
 * <p>How entries and pages go together: an entry that is PRESENT has its pages in the pages file,
 * behind those of the PRESENT entries before it; one that is only LAZY has none there; one in
 * PARENT has none there either, its pages are at the same addresses in the image that the {@code
 * parent} link points to, in entries with other borders, which again can be in that one's parent.
 * Whether a page is lazy is what the youngest image says: criu restores everything else eagerly.
 *
 * <p>A pages file must not be shorter than its pagemap promises. It may be longer, as criu does not
 * look: what is behind the last page belongs to nobody.
 *
 * <p>Parents are read only if there is an entry that needs them; one index of each generation is in
 * memory while the next younger one is made. For one thread.
 */
public final class SeekIndexLoader {
  private final List<ImageDirectory> chain;
  private final PagesFiles pagesFiles;
  private final PagemapKind kind;
  private final long id;

  private SeekIndexLoader(
      List<ImageDirectory> chain, PagesFiles pagesFiles, PagemapKind kind, long id) {
    this.chain = chain;
    this.pagesFiles = pagesFiles;
    this.kind = kind;
    this.id = id;
  }

  /**
   * Reads the pagemaps and makes the index.
   *
   * @param chain as of {@link ImageDirectory#chain()}: the image and its parents, youngest first
   * @param id a task's pid or a shared memory's id
   * @throws NoSuchFileException if the pagemap or a pages file is missing
   * @throws ImageFormatException if a pagemap is damaged, a pages file is too short, or a page that
   *     should be in a parent is in none
   */
  public static SeekIndex load(
      List<ImageDirectory> chain, PagesFiles pagesFiles, PagemapKind kind, long id)
      throws IOException {
    return new SeekIndexLoader(chain, pagesFiles, kind, id).generation(0);
  }

  private SeekIndex generation(int number) throws IOException {
    ImageDirectory directory = chain.get(number);
    try (PagemapReader reader = kind.open(directory, id)) {
      Generation generation = new Generation(number, directory, reader);
      while (reader.next()) {
        generation.add();
      }
      return generation.finish();
    }
  }

  /** One pagemap on its way into an index. */
  private final class Generation {
    private final int number;
    private final ImageDirectory directory;
    private final PagemapReader reader;
    private final SeekIndexBuilder builder = new SeekIndexBuilder();

    /** The pages file, once there is a page in it; -1 before. */
    private int file = -1;

    /** Index of the parent image, once an entry has asked for it, and the entry last used. */
    private SeekIndex parent;

    private int parentEntry;

    Generation(int number, ImageDirectory directory, PagemapReader reader) {
      this.number = number;
      this.directory = directory;
      this.reader = reader;
    }

    void add() throws IOException {
      long start = reader.vaddr();
      long pages = reader.pages();
      int flags = reader.flags();
      if ((flags & PagemapReader.PARENT) != 0) {
        addInherited(start, start + pages * SeekIndex.PAGE_BYTES);
        return;
      }
      requireRoom();
      if ((flags & PagemapReader.PRESENT) == 0) {
        builder.addAbsent(start, pages);
        return;
      }
      if (file < 0) {
        file = pagesFiles.ordinal(directory, reader.pagesId());
      }
      long offset = (reader.presentPages() - pages) * SeekIndex.PAGE_BYTES;
      builder.addPresent(start, pages, (flags & PagemapReader.LAZY) != 0, file, offset);
    }

    private void addInherited(long start, long end) throws IOException {
      if (parent == null) {
        parent = loadParent(start);
      }
      for (long at = start; at < end; ) {
        int entry = parentEntryAt(at);
        long pieceEnd = Math.min(end, parent.end(entry));
        requireRoom();
        builder.addPresent(
            at,
            (pieceEnd - at) / SeekIndex.PAGE_BYTES,
            false,
            parent.file(entry),
            parent.fileOffset(entry) + (at - parent.start(entry)));
        at = pieceEnd;
      }
    }

    /** Asked with ascending addresses: mostly it is the same entry as before, or the next one. */
    private int parentEntryAt(long address) throws ImageFormatException {
      if (parentEntry < parent.entryCount() && parent.end(parentEntry) <= address) {
        parentEntry++;
      }
      if (parentEntry < parent.entryCount() && parent.end(parentEntry) <= address) {
        parentEntry = parent.ceiling(address);
      }
      if (parentEntry == parent.entryCount() || parent.start(parentEntry) > address) {
        throw notInParent(address, "has no such page");
      }
      if (!parent.present(parentEntry)) {
        throw notInParent(address, "left its bytes with a dumping criu that is gone");
      }
      return parentEntry;
    }

    private SeekIndex loadParent(long firstAddress) throws IOException {
      if (number + 1 == chain.size()) {
        throw bad(
            "the page at 0x%x is in the parent image, but %s has no link \"parent\""
                .formatted(firstAddress, directory.path()));
      }
      try {
        return generation(number + 1);
      } catch (NoSuchFileException e) {
        if (!e.getFile().equals(parentImage().toString())) {
          throw e;
        }
        throw notInParent(firstAddress, "has no " + kind.imageName(id));
      }
    }

    SeekIndex finish() throws IOException {
      if (file >= 0) {
        long promisedBytes = reader.presentPages() * SeekIndex.PAGE_BYTES;
        long sizeBytes = pagesFiles.sizeBytes(file);
        if (sizeBytes < promisedBytes) {
          throw new ImageFormatException(
              directory.pagesFile(reader.pagesId()),
              sizeBytes,
              "ends after %d bytes, but %s promises %d: it was cut, or not copied whole"
                  .formatted(sizeBytes, kind.imageName(id), promisedBytes));
        }
      }
      return builder.build();
    }

    private void requireRoom() throws ImageFormatException {
      if (builder.full()) {
        throw bad("more than " + SeekIndex.MAX_ENTRIES + " separate ranges of pages");
      }
    }

    private Path parentImage() {
      return chain.get(number + 1).path().resolve(kind.imageName(id));
    }

    private ImageFormatException notInParent(long address, String why) {
      return bad(
          "the page at 0x%x is in the parent image, but %s %s"
              .formatted(address, chain.get(number + 1).path(), why));
    }

    private ImageFormatException bad(String reason) {
      return new ImageFormatException(
          directory.path().resolve(kind.imageName(id)), reader.entryOffset(), reason);
    }
  }
}
