package io.criulazy.daemon.server;

import io.criulazy.proto.index.SeekIndex;
import io.criulazy.proto.wire.Extents;
import io.criulazy.proto.wire.ListExtents;

/** Answers where a task has pages, as many extents at once as a header holds. */
final class ExtentList {
  /** At most 31 bytes each: below the bound of a header. */
  private static final int MAX_EXTENTS = 2_000;

  private static final int LAZY = 1;
  private static final int PRESENT = 2;

  private ExtentList() {}

  static Extents of(ListExtents list, SeekIndex index, boolean withFiles) {
    Extents.Builder extents = Extents.newBuilder().setRequest(list.getRequest());
    int entry = index.ceiling(list.getFromAddress());
    int end = Math.min(index.entryCount(), entry + MAX_EXTENTS);
    for (; entry < end; entry++) {
      extents
          .addAddress(index.start(entry))
          .addPages((index.end(entry) - index.start(entry)) / SeekIndex.PAGE_BYTES)
          .addFlags((index.lazy(entry) ? LAZY : 0) | (index.present(entry) ? PRESENT : 0));
      if (withFiles) {
        extents.addFile(index.file(entry)).addFileOffset(index.fileOffset(entry));
      }
    }
    return extents.setComplete(end == index.entryCount()).build();
  }
}
