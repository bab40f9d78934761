package io.criulazy.proto.index;

import io.criulazy.proto.image.ImageDirectory;
import java.io.IOException;

/**
 * Numbers the pages files of an image and its parents, so that an index can name them. Called from
 * the threads that build indexes, several at a time.
 */
public interface PagesFiles {
  /**
   * The number of a pages file, the same each time, from 0.
   *
   * @param pagesId as in {@code pages-ID.img}
   * @throws IOException if the file is missing or can't be read
   */
  int ordinal(ImageDirectory directory, long pagesId) throws IOException;

  /** Bytes in the pages file. */
  long sizeBytes(int ordinal);
}
