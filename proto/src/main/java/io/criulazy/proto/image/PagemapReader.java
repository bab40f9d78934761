package io.criulazy.proto.image;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.WireFormat;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Reads {@code pagemap-PID.img} or {@code pagemap-shmem-ID.img}: a {@link PagemapHead}, then a
 * {@link PagemapEntry} a range of pages. A cursor: {@link #next()} moves it, the accessors tell of
 * the entry it stands on; nothing is allocated per entry, and files of any length are read through
 * one window of 256 KiB. One thread at a time; the opener closes it.
 *
 * <p>What it guarantees of each entry: addresses and lengths are whole pages, below 2^56, ascending
 * and not overlapping; exactly one of {@link #PARENT} and ({@link #LAZY} or {@link #PRESENT}) tells
 * where the bytes are. A field or flag that is not known is refused, not skipped: it can change
 * where the bytes are (compressed images do), and wrong bytes are worse than none.
 */
public final class PagemapReader implements Closeable {
  /** Bytes of a page. */
  public static final long PAGE_BYTES = 4096;

  /** The pages are in the images of the directory that {@code parent} points to. */
  public static final int PARENT = 1;

  /** The pages may be restored lazily; without {@link #PRESENT} the dumping criu still has them. */
  public static final int LAZY = 2;

  /** The pages are in the pages file, behind those of the entries before. */
  public static final int PRESENT = 4;

  /** Addresses end here: 56 bits are what five-level page tables give a process. */
  public static final long ADDRESS_LIMIT = 1L << 56;

  private static final int VADDR_TAG = 1 << 3;
  private static final int COMPAT_NR_PAGES_TAG = 2 << 3;
  private static final int IN_PARENT_TAG = 3 << 3;
  private static final int FLAGS_TAG = 4 << 3;
  private static final int NR_PAGES_TAG = 5 << 3;

  private final ImageInput input;
  private final long pagesId;
  private CodedInputStream coded;
  private int codedGeneration = -1;

  private long entryOffset;
  private long vaddr;
  private long pages;
  private int flags;
  private long previousEnd;
  private long presentPages;

  private PagemapReader(ImageInput input) throws IOException {
    this.input = input;
    input.readMagics(ImageType.PAGEMAP);
    this.pagesId = readHead();
  }

  /**
   * Opens a pagemap and reads its head.
   *
   * @throws java.nio.file.NoSuchFileException when it is not there
   * @throws ImageFormatException when it is no pagemap
   */
  public static PagemapReader open(Path file) throws IOException {
    return over(ImageInput.open(file));
  }

  /** A pagemap that is in memory; {@code file} is its name in messages. */
  static PagemapReader over(Path file, byte[] image) throws IOException {
    return over(ImageInput.over(file, image));
  }

  private static PagemapReader over(ImageInput input) throws IOException {
    try {
      return new PagemapReader(input);
    } catch (IOException | RuntimeException e) {
      input.close();
      throw e;
    }
  }

  private long readHead() throws IOException {
    int length = input.readLength(ImageType.PAGEMAP.maxRecordBytes());
    try {
      int id =
          PagemapHead.parser().parseFrom(input.window(), input.position(), length).getPagesId();
      input.skip(length);
      return Integer.toUnsignedLong(id);
    } catch (InvalidProtocolBufferException e) {
      throw input.bad(input.offset(), "not the head of a pagemap: " + e.getMessage());
    }
  }

  /** N of the {@code pages-N.img} that holds the PRESENT pages, 0 to 2^32-1. */
  public long pagesId() {
    return pagesId;
  }

  /**
   * Moves to the next entry.
   *
   * @return false after the last one; the accessors are void then
   * @throws ImageFormatException when the entry is truncated, damaged or of a format to come
   */
  public boolean next() throws IOException {
    if (input.atEnd()) {
      return false;
    }
    entryOffset = input.offset();
    int length = input.readLength(ImageType.PAGEMAP.maxRecordBytes());
    alignCoded();
    try {
      parse(length);
    } catch (InvalidProtocolBufferException e) {
      throw new ImageFormatException(
          input.file(), entryOffset, "not a pagemap entry: " + e.getMessage(), e);
    }
    input.skip(length);
    previousEnd = vaddr + pages * PAGE_BYTES;
    if ((flags & PRESENT) != 0) {
      presentPages += pages;
    }
    return true;
  }

  /** Bytes from the start of the file to the entry, for messages about it. */
  public long entryOffset() {
    return entryOffset;
  }

  /** First address in bytes (in a shared memory's pagemap: bytes from its start), page-aligned. */
  public long vaddr() {
    return vaddr;
  }

  /** Pages from {@link #vaddr()} on, at least 1. */
  public long pages() {
    return pages;
  }

  /** {@link #PARENT} alone, or {@link #LAZY}, {@link #PRESENT} or both. */
  public int flags() {
    return flags;
  }

  /** PRESENT pages of all entries up to and with this one: so many are in the pages file so far. */
  public long presentPages() {
    return presentPages;
  }

  /** Passes all entries from here on to the visitor. */
  public void forEach(EntryVisitor visitor) throws IOException {
    while (next()) {
      visitor.entry(vaddr, pages, flags);
    }
  }

  /** Takes entries. */
  @FunctionalInterface
  public interface EntryVisitor {
    /** See {@link #vaddr()}, {@link #pages()}, {@link #flags()}. */
    void entry(long vaddr, long pages, int flags) throws IOException;
  }

  /** Lets the decoder stand at the input's position; a new one only where the window has slid. */
  private void alignCoded() throws IOException {
    if (codedGeneration == input.generation()) {
      coded.skipRawBytes(Integer.BYTES);
      return;
    }
    int bytes = input.limit() - input.position();
    coded = CodedInputStream.newInstance(input.window(), input.position(), bytes);
    codedGeneration = input.generation();
  }

  private void parse(int length) throws IOException {
    long entryVaddr = -1;
    long compatPages = -1;
    long longPages = -1;
    boolean inParent = false;
    int entryFlags = -1;
    int outerLimit = coded.pushLimit(length);
    for (int tag = coded.readTag(); tag != 0; tag = coded.readTag()) {
      switch (tag) {
        case VADDR_TAG -> entryVaddr = checkVaddr(coded.readUInt64());
        case COMPAT_NR_PAGES_TAG -> compatPages = Integer.toUnsignedLong(coded.readUInt32());
        case NR_PAGES_TAG -> longPages = checkPages(coded.readUInt64());
        case IN_PARENT_TAG -> inParent = coded.readBool();
        case FLAGS_TAG -> entryFlags = checkFlags(coded.readUInt32());
        default -> throw unknownField(tag);
      }
    }
    coded.popLimit(outerLimit);
    vaddr = entryVaddr;
    if (vaddr < 0 || compatPages < 0) {
      throw bad("entry without " + (vaddr < 0 ? "vaddr" : "compat_nr_pages"));
    }
    pages = checkPages(longPages < 0 ? compatPages : longPages);
    flags = placement(inParent, entryFlags);
    checkOrder();
  }

  private long checkVaddr(long value) throws ImageFormatException {
    if (value < 0 || value >= ADDRESS_LIMIT) {
      throw bad("address 0x%x is beyond what a process can have".formatted(value));
    }
    if (value % PAGE_BYTES != 0) {
      throw bad("address 0x%x does not start a page of 4096 bytes".formatted(value));
    }
    return value;
  }

  private long checkPages(long value) throws ImageFormatException {
    if (value <= 0 || value > ADDRESS_LIMIT / PAGE_BYTES) {
      throw bad("entry of %s pages".formatted(Long.toUnsignedString(value)));
    }
    return value;
  }

  private int checkFlags(int value) throws ImageFormatException {
    if ((value & ~(PARENT | LAZY | PRESENT)) != 0) {
      throw bad("flags 0x%x have bits that are not known; %s".formatted(value, NEWER));
    }
    return value;
  }

  /** Old CRIU wrote no flags: such an entry is in the parent if it says so, else present. */
  private int placement(boolean inParent, int entryFlags) throws ImageFormatException {
    int value = entryFlags < 0 ? (inParent ? PARENT : PRESENT) : entryFlags;
    if (inParent) {
      value |= PARENT;
    }
    if (value == 0 || ((value & PARENT) != 0 && (value & PRESENT) != 0)) {
      throw bad("flags 0x%x do not tell where the pages are".formatted(value));
    }
    return (value & PARENT) != 0 ? PARENT : value;
  }

  private void checkOrder() throws ImageFormatException {
    if (pages > (ADDRESS_LIMIT - vaddr) / PAGE_BYTES) {
      throw bad("%d pages at 0x%x go beyond what a process can have".formatted(pages, vaddr));
    }
    if (vaddr < previousEnd) {
      throw bad(
          "entry at 0x%x, but the one before ends at 0x%x; criu writes entries in ascending order"
              .formatted(vaddr, previousEnd));
    }
  }

  private static final String NEWER =
      "the image is of a newer criu, perhaps compressed: dump without --compress, or decompress it"
          + " with \"crit decompress\" of that criu";

  private ImageFormatException unknownField(int tag) {
    return bad(
        "field %d of a pagemap entry is not known; %s"
            .formatted(WireFormat.getTagFieldNumber(tag), NEWER));
  }

  private ImageFormatException bad(String reason) {
    return input.bad(entryOffset, reason);
  }

  @Override
  public void close() throws IOException {
    input.close();
  }
}
