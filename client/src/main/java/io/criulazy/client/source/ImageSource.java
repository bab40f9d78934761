package io.criulazy.client.source;

import io.criulazy.daemon.store.ImageSet;
import io.criulazy.proto.index.SeekIndex;
import java.io.IOException;

/**
 * The pages of one task from image files of this host, mapped read-only: an answer is an address in
 * the mapping, so that the kernel copies each byte once, from the page cache into the process.
 *
 * <p>The files stay open as long as the source is used.
 */
public final class ImageSource implements PageSource {
  private final Check check;
  private final SeekIndex index;

  /** By the ordinal that the index uses; null where it doesn't. */
  private final MappedFile[] files;

  /** Finds out whether the files are what they were. */
  @FunctionalInterface
  interface Check {
    void verifyUnchanged() throws IOException;
  }

  /**
   * @param files by the ordinal that the index uses; null where it doesn't
   */
  ImageSource(SeekIndex index, MappedFile[] files, Check check) {
    this.index = index;
    this.files = files;
    this.check = check;
  }

  /**
   * @param images open; held by the caller
   * @param pid a task of the set
   */
  public ImageSource(ImageSet images, long pid) throws IOException {
    this(images.index(pid), new MappedFile[images.pagesFiles().size()], images::verifyUnchanged);
    for (int entry = 0; entry < index.entryCount(); entry++) {
      int file = index.file(entry);
      if (index.present(entry) && files[file] == null) {
        files[file] = new MappedFile(images.pagesFile(file));
      }
    }
  }

  @Override
  public void locate(long imageAddress, Urgency urgency, PageSpan span) {
    int entry = index.find(imageAddress);
    if (entry < 0 || !index.present(entry)) {
      span.nowhere();
      return;
    }
    MappedFile file = files[index.file(entry)];
    long offset = index.fileOffset(entry) + (imageAddress - index.start(entry));
    long bytes = index.end(entry) - imageAddress;
    span.here(file.address(offset), Math.min(bytes, file.contiguousBytes(offset)));
  }

  @Override
  public void expect(long imageAddress) {
    int entry = index.ceiling(imageAddress);
    if (entry == index.entryCount() || !index.present(entry)) {
      return;
    }
    long within = Math.max(0, imageAddress - index.start(entry));
    files[index.file(entry)].populate(index.fileOffset(entry) + within);
  }

  @Override
  public void verifyUnchanged() throws IOException {
    check.verifyUnchanged();
  }
}
