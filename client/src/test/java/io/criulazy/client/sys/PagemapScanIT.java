package io.criulazy.client.sys;

import static org.assertj.core.api.Assertions.assertThat;

import io.criulazy.client.testing.Needs;
import io.criulazy.client.testing.Requirement;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A kernel without PAGEMAP_SCAN tells the same of a process's memory. */
@Needs(Requirement.KERNEL)
class PagemapScanIT {
  private static final int PID = (int) ProcessHandle.current().pid();
  private static final int PAGES = 4_000; // more than one reading takes
  private static final long BYTES = PAGES * PageSize.BYTES;
  private static final int PROT_READ_WRITE = 3;
  private static final int MAP_PRIVATE_ANONYMOUS = 0x22;
  private static final int MADV_NOHUGEPAGE = 15;

  private long start;

  @BeforeEach
  void map() throws SysException {
    start =
        SysException.check(
            "mmap",
            "a test",
            LibC.call(
                SyscallNumbers.MMAP, 0, BYTES, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0));
    LibC.call(SyscallNumbers.MADVISE, start, BYTES, MADV_NOHUGEPAGE);
  }

  @AfterEach
  void unmap() {
    LibC.call(SyscallNumbers.MUNMAP, start, BYTES, 0);
  }

  @Test
  void bothWaysFindThePagesThatWereWritten() throws IOException {
    List<Long> written = new ArrayList<>();
    ForeignMemory own = new ForeignMemory(PID);
    for (int page = 0; page < PAGES; page += page % 7 == 0 ? 1 : 3) {
      own.write(start + page * PageSize.BYTES, new byte[] {1});
      written.add(start + page * PageSize.BYTES);
    }
    assertThat(pages(true)).isEqualTo(written);
    assertThat(pages(false)).isEqualTo(written);
  }

  @Test
  void readingAloneTakesTheKernelsZerosForPages() throws IOException {
    new ForeignMemory(PID).read(start, 1);
    assertThat(pages(true)).isEmpty();
    assertThat(pages(false)).containsExactly(start);
  }

  private List<Long> pages(boolean scans) throws IOException {
    List<Long> pages = new ArrayList<>();
    try (PagemapScan scan = new PagemapScan(PID, scans)) {
      scan.ownPages(
          start,
          start + BYTES,
          (from, to) -> {
            for (long at = from; at < to; at += PageSize.BYTES) {
              pages.add(at);
            }
          });
    }
    return pages;
  }
}
