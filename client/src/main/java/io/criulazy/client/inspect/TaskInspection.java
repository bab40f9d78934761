package io.criulazy.client.inspect;

import io.criulazy.client.rings.RingReport;
import io.criulazy.proto.image.AioRingEntry;
import io.criulazy.proto.image.ImageTask;
import io.criulazy.proto.image.PagemapReader;
import java.util.List;

/**
 * One task.
 *
 * @param task who it is
 * @param mappings its memory map, ascending; empty for a dead task
 * @param fragmentation of its pagemap
 * @param aioRings its AIO contexts
 * @param ioUrings its io_uring instances
 * @param pagesFile where its pages are; null for a dead task
 * @param strayPages pages in the pagemap that no mapping contains
 */
record TaskInspection(
    ImageTask task,
    List<Mapping> mappings,
    Fragmentation fragmentation,
    List<AioRingEntry> aioRings,
    List<RingReport> ioUrings,
    PagesFileState pagesFile,
    long strayPages) {

  PageCounts counts() {
    PageCounts counts = new PageCounts();
    mappings.forEach(mapping -> counts.add(mapping.counts()));
    return counts;
  }

  long mappedBytes() {
    return mappings.stream().mapToLong(Mapping::pages).sum() * PagemapReader.PAGE_BYTES;
  }

  long zeroPages() {
    return mappings.stream().mapToLong(Mapping::zeroPages).sum();
  }
}
