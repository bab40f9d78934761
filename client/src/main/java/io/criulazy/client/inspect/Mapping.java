package io.criulazy.client.inspect;

import io.criulazy.proto.image.PagemapReader;
import io.criulazy.proto.image.Vma;
import io.criulazy.proto.image.VmaStatus;

/**
 * A mapping, its pages, and a picture of it: cells of equal length from its start to its end, a few
 * for a small mapping and not many more for a huge one.
 */
final class Mapping {
  static final int MAX_CELLS = 40;

  private static final int MAP_SHARED = 0x01;
  private static final int MAP_ANONYMOUS = 0x20;
  private static final int OF_THE_KERNEL =
      VmaStatus.VDSO | VmaStatus.VVAR | VmaStatus.VSYSCALL | VmaStatus.UPROBES;

  private final Vma vma;
  private final String name;
  private final PageCounts counts = new PageCounts();
  private final PageCounts[] cells;

  Mapping(Vma vma, String name) {
    this.vma = vma;
    this.name = name;
    this.cells = new PageCounts[cellCount(pages())];
    for (int i = 0; i < cells.length; i++) {
      cells[i] = new PageCounts();
    }
  }

  private static int cellCount(long pages) {
    int log2 = Long.SIZE - 1 - Long.numberOfLeadingZeros(pages);
    return (int) Math.min(pages, Math.min(MAX_CELLS, 1 + 2 * log2));
  }

  Vma vma() {
    return vma;
  }

  /** What is mapped: a path, or a word in brackets. */
  String name() {
    return name;
  }

  long pages() {
    return vma.length() / PagemapReader.PAGE_BYTES;
  }

  PageCounts counts() {
    return counts;
  }

  /** Pages that no image holds and that read as zeros: only private anonymous memory has such. */
  long zeroPages() {
    boolean anonymous = (vma.flags() & (MAP_SHARED | MAP_ANONYMOUS)) == MAP_ANONYMOUS;
    boolean own = (vma.status() & OF_THE_KERNEL) == 0;
    return anonymous && own ? pages() - counts.total() : 0;
  }

  /** Permissions as /proc/PID/maps writes them. */
  String permissions() {
    int prot = vma.prot();
    return ""
        + ((prot & 1) != 0 ? 'r' : '-')
        + ((prot & 2) != 0 ? 'w' : '-')
        + ((prot & 4) != 0 ? 'x' : '-')
        + ((vma.flags() & MAP_SHARED) != 0 ? 's' : 'p');
  }

  /** Notes pages of an entry that lie in this mapping. */
  void add(long address, long more, PageKind kind) {
    counts.add(kind, more);
    long first = (address - vma.start()) / PagemapReader.PAGE_BYTES;
    long end = first + more;
    for (int cell = cellOf(first); first < end; cell++) {
      long cellPages = Math.min(end, cellStart(cell + 1)) - first;
      cells[cell].add(kind, cellPages);
      first += cellPages;
    }
  }

  int cells() {
    return cells.length;
  }

  PageCounts cell(int index) {
    return cells[index];
  }

  /** How much of a cell is in images, 0 to 1. */
  double density(int index) {
    return (double) cells[index].total() / (cellStart(index + 1) - cellStart(index));
  }

  private int cellOf(long page) {
    int cell = (int) (page * (double) cells.length / pages());
    while (cell > 0 && cellStart(cell) > page) {
      cell--;
    }
    while (cellStart(cell + 1) <= page) {
      cell++;
    }
    return cell;
  }

  /** First page of a cell. Pages are fewer than 2^52, so this overflows nowhere near. */
  private long cellStart(int cell) {
    return pages() * cell / cells.length;
  }
}
