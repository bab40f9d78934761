package io.criulazy.client.restore;

import io.criulazy.proto.image.memory.VmArea;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Finds room in the address spaces that are to be rebuilt. */
final class AddressPlan {
  private static final long LOWEST = 1L << 40;
  private static final long HIGHEST = 0x7FFF_0000_0000L;

  private record Range(long start, long end) {}

  private final List<Range> taken = new ArrayList<>();

  /** Nothing is to be where a task has memory. */
  AddressPlan(SavedTree tree) {
    for (SavedTask task : tree.tasks()) {
      for (VmArea area : task.mm().areas()) {
        taken.add(new Range(area.start(), area.end()));
      }
    }
  }

  /** Nothing is to be here either. */
  void avoid(long start, long end) {
    taken.add(new Range(start, end));
  }

  /** An address with so many free bytes in all of them. */
  long find(long bytes) throws IOException {
    taken.sort(Comparator.comparingLong(Range::start));
    long candidate = LOWEST;
    for (Range range : taken) {
      if (range.end() > candidate && range.start() < candidate + bytes) {
        candidate = range.end();
      }
    }
    if (candidate + bytes > HIGHEST) {
      throw new IOException("there is no room for " + bytes + " bytes beside the task's memory");
    }
    return candidate;
  }
}
