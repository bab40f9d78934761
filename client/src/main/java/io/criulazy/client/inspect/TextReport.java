package io.criulazy.client.inspect;

import io.criulazy.proto.image.AioRingEntry;
import io.criulazy.proto.image.ImageDirectory;
import io.criulazy.proto.image.ImageTask;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Shows an inspection to people: what there is in all, then each task as a picture. */
public final class TextReport {
  private static final int BAR_CELLS = Mapping.MAX_CELLS;
  private static final long GAP_BYTES = 1L << 30;

  private final PrintStream out;
  private final Paint paint;

  private TextReport(PrintStream out, Paint paint) {
    this.out = out;
    this.paint = paint;
  }

  /** Writes the report. */
  public static void write(ImageInspection images, PrintStream out, Paint paint) {
    new TextReport(out, paint).images(images);
    out.flush();
  }

  private void images(ImageInspection images) {
    summary(images);
    for (TaskInspection task : images.tasks()) {
      out.println();
      task(task);
    }
    if (!images.sharedMemories().isEmpty()) {
      out.println();
      out.println(paint.bold("shared memory"));
      images.sharedMemories().forEach(this::sharedMemory);
    }
    out.println();
    legend();
  }

  private void summary(ImageInspection images) {
    PageCounts counts = new PageCounts();
    images.tasks().forEach(task -> counts.add(task.counts()));
    long pagesBytes = images.pagesFiles().mapToLong(file -> Math.max(0, file.sizeBytes())).sum();
    ImageDirectory newest = images.chain().get(0);
    out.printf(
        "%s  %s, %s of pages%n",
        paint.bold(newest.path().toString()),
        count(images.tasks().size(), "task"),
        ByteSize.of(pagesBytes));
    out.println(
        Stream.of(PageKind.values())
            .filter(kind -> counts.of(kind) > 0)
            .map(kind -> ByteSize.ofPages(counts.of(kind)) + " " + meaning(kind))
            .collect(Collectors.joining(", ", "  ", "")));
    for (ImageDirectory parent : images.chain().subList(1, images.chain().size())) {
      out.printf("  parent %s%n", parent.path());
    }
  }

  private void task(TaskInspection inspection) {
    ImageTask task = inspection.task();
    out.printf(
        "%s  %s",
        paint.bold(task.pid() + " " + printable(task.comm())),
        task.state().name().toLowerCase(Locale.ROOT));
    if (task.ppid() != 0) {
      out.printf(", child of %d", task.ppid());
    }
    if (inspection.pagesFile() == null) {
      out.println();
      return;
    }
    out.printf(
        ", %s, %s in %s%n",
        count(task.threads().size(), "thread"),
        ByteSize.of(inspection.mappedBytes()),
        count(inspection.mappings().size(), "mapping"));
    mappings(inspection.mappings());
    totals(inspection);
    inspection.aioRings().forEach(this::aioRing);
    inspection.ioUrings().forEach(ring -> RingLines.write(ring, "  ", out));
    if (inspection.strayPages() > 0) {
      out.printf("  %s outside of all mappings%n", count(inspection.strayPages(), "page"));
    }
    fragmentation(inspection.fragmentation());
  }

  private void mappings(List<Mapping> mappings) {
    out.println(
        paint.dim(
            "  %16s %6s %-4s %-40s %6s %6s %6s %6s"
                .formatted("address", "size", "prot", "", "lazy", "eager", "parent", "zero")));
    long previousEnd = 0;
    for (Mapping mapping : mappings) {
      long gap = mapping.vma().start() - previousEnd;
      if (previousEnd != 0 && Long.compareUnsigned(gap, GAP_BYTES) >= 0) {
        out.println(paint.dim("  %16s %6s".formatted(paint.unicode() ? "⋮" : ":", gapSize(gap))));
      }
      mapping(mapping);
      previousEnd = mapping.vma().end();
    }
  }

  /** The hole below the kernel's half has more bytes than a signed number holds. */
  private static String gapSize(long gap) {
    return gap < 0 ? "" : ByteSize.of(gap);
  }

  private void mapping(Mapping mapping) {
    StringBuilder picture = new StringBuilder();
    for (int i = 0; i < mapping.cells(); i++) {
      picture.append(paint.cell(mapping.cell(i).most(), mapping.density(i)));
    }
    picture.append(" ".repeat(BAR_CELLS - mapping.cells()));
    out.printf(
        "  %16s %6s %-4s %s %s  %s%n",
        Long.toHexString(mapping.vma().start()),
        ByteSize.of(mapping.vma().length()),
        mapping.permissions(),
        picture,
        columns(mapping.counts(), mapping.zeroPages()),
        printable(mapping.name()));
  }

  private void totals(TaskInspection task) {
    out.printf(
        "  %16s %6s %-4s %-40s %s%n",
        "", ByteSize.of(task.mappedBytes()), "", "", columns(task.counts(), task.zeroPages()));
  }

  /** Pages that are still with the dumping criu stand in the column of lazy ones: they are lazy. */
  private static String columns(PageCounts counts, long zeroPages) {
    return "%6s %6s %6s %6s"
        .formatted(
            size(counts.of(PageKind.LAZY) + counts.of(PageKind.REMOTE)),
            size(counts.of(PageKind.EAGER)),
            size(counts.of(PageKind.PARENT)),
            size(zeroPages));
  }

  private static String size(long pages) {
    return pages == 0 ? "" : ByteSize.ofPages(pages);
  }

  private void aioRing(AioRingEntry ring) {
    out.printf(
        "  AIO ring at %s: %s long, io_setup(%s) makes such a one%n",
        Long.toHexString(ring.getId()),
        ByteSize.of(Integer.toUnsignedLong(ring.getRingLen())),
        Integer.toUnsignedString(ring.getNrReq()));
  }

  private void sharedMemory(SharedMemory memory) {
    out.printf(
        "  %s: %s in the image%n",
        Long.toUnsignedString(memory.id()), ByteSize.ofPages(memory.fragmentation().pages()));
  }

  private void fragmentation(Fragmentation fragmentation) {
    out.printf(
        Locale.ROOT,
        "  pagemap: %s, %s, %.1f pages an entry%n",
        fragmentation.entries() == 1 ? "1 entry" : fragmentation.entries() + " entries",
        count(fragmentation.pages(), "page"),
        fragmentation.pagesPerEntry());
    long most = 1;
    for (int n = 0; n < fragmentation.classes(); n++) {
      most = Math.max(most, fragmentation.entriesOfClass(n));
    }
    for (int n = 0; n < fragmentation.classes(); n++) {
      long entries = fragmentation.entriesOfClass(n);
      if (entries > 0) {
        int length = (int) Math.max(1, entries * (double) BAR_CELLS / most);
        out.printf("  %16s %6d      %s%n", sizeClass(n), entries, paint.dim(paint.bar(length)));
      }
    }
  }

  private static String sizeClass(int n) {
    long low = 1L << n;
    return n == 0 ? "4K" : ByteSize.ofPages(low) + " to " + ByteSize.ofPages(2 * low - 1);
  }

  private void legend() {
    out.println(
        Stream.of(PageKind.values())
            .map(kind -> paint.sample(kind) + " " + meaning(kind))
            .collect(
                Collectors.joining("   ", "", "   " + paint.cell(null, 0) + " not in images")));
  }

  private static String meaning(PageKind kind) {
    return switch (kind) {
      case LAZY -> "lazy";
      case EAGER -> "eager";
      case PARENT -> "in a parent's images";
      case REMOTE -> "with the dumping criu";
    };
  }

  private static String count(long number, String noun) {
    return number + " " + noun + (number == 1 ? "" : "s");
  }

  /** Names come from the image: one with control characters could write to the terminal. */
  private static String printable(String name) {
    return name.codePoints()
        .map(c -> Character.isISOControl(c) ? '?' : c)
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }
}
