package io.criulazy.daemon.receive;

import io.criulazy.proto.image.PagemapReader;
import io.criulazy.proto.image.PagemapWriter;
import io.criulazy.proto.pageserver.PageRange;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/** A pagemap and its pages file while they are received. One thread at a time. */
final class IncomingImage implements AutoCloseable {
  private static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY =
      PosixFilePermissions.asFileAttribute(
          EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE));

  private static final int BUFFER_BYTES = 64 << 10;
  private static final int ALL_FLAGS =
      PagemapReader.PARENT | PagemapReader.LAZY | PagemapReader.PRESENT;

  private final String pagemapName;
  private final String pagesName;
  private final FileChannel pagemapFile;
  private final FileChannel pagesFile;
  private final PagemapWriter pagemap;
  private final ParentPages parent;
  private final BufferedOutputStream buffered;
  private long previousEnd;

  private IncomingImage(Staging staging, String pagemapName, int pagesId, ParentPages parent)
      throws IOException {
    this.pagemapName = pagemapName;
    this.pagesName = DumpDirectory.pagesName(Integer.toUnsignedLong(pagesId));
    this.parent = parent;
    // A task that is sent twice in one dump: the second time counts, as with criu.
    Files.deleteIfExists(staging.resolve(pagemapName));
    this.pagemapFile = create(staging.resolve(pagemapName));
    this.pagesFile = create(staging.resolve(pagesName));
    this.buffered = new BufferedOutputStream(Channels.newOutputStream(pagemapFile), BUFFER_BYTES);
    this.pagemap = new PagemapWriter(buffered, pagesId);
  }

  /** Begins one; the caller finishes or closes it. */
  static IncomingImage create(
      Staging staging, String pagemapName, int pagesId, Optional<Path> parentPagemap)
      throws IOException {
    ParentPages parent = parentPagemap.isPresent() ? ParentPages.open(parentPagemap.get()) : null;
    return new IncomingImage(staging, pagemapName, pagesId, parent);
  }

  private static FileChannel create(Path file) throws IOException {
    return FileChannel.open(
        file, EnumSet.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), OWNER_ONLY);
  }

  String pagemapName() {
    return pagemapName;
  }

  String pagesName() {
    return pagesName;
  }

  void entry(long vaddr, long pages, int flags) throws IOException {
    if (!PageRange.isValid(vaddr, pages)) {
      throw refused(vaddr, pages, flags, "no process can have these pages");
    }
    if (vaddr < previousEnd) {
      throw refused(
          vaddr, pages, flags, "the pages before end at 0x%x only".formatted(previousEnd));
    }
    boolean inParent = (flags & PagemapReader.PARENT) != 0;
    if (flags == 0
        || (flags & ~ALL_FLAGS) != 0
        || (inParent && (flags & PagemapReader.PRESENT) != 0)) {
      throw refused(vaddr, pages, flags, "the flags do not tell where the pages are");
    }
    if (inParent) {
      if (parent == null) {
        throw refused(vaddr, pages, flags, "there is no image before this one");
      }
      parent.requireCovered(vaddr, pages);
    }
    pagemap.entry(vaddr, pages, flags);
    previousEnd = vaddr + pages * PagemapReader.PAGE_BYTES;
  }

  void pages(ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      pagesFile.write(bytes);
    }
  }

  /** All of it is on the disk when this returns. */
  void finish() throws IOException {
    try (this) {
      buffered.flush();
      pagesFile.force(true);
      pagemapFile.force(true);
    }
  }

  @Override
  public void close() throws IOException {
    try (pagesFile;
        pagemapFile) {
      if (parent != null) {
        parent.close();
      }
    }
  }

  private IOException refused(long vaddr, long pages, int flags, String why) {
    return new IOException(
        "%s: %s pages at 0x%x with flags 0x%x refused: %s; the dump has to be made again"
            .formatted(pagemapName, Long.toUnsignedString(pages), vaddr, flags, why));
  }
}
