package io.criulazy.client.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.criulazy.client.sys.PageSize;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Holds {@link AddressSpace} against a model that knows each page by itself. */
class AddressSpaceTest {
  private static final long PAGE = PageSize.BYTES;
  private static final int PAGES = 400;

  /** Run-time page number to image page number, of pages that show the image. */
  private final Map<Long, Long> shows = new HashMap<>();

  /** Image pages that are due. */
  private final Map<Long, Boolean> due = new HashMap<>();

  private AddressSpace space;

  @Test
  void agreesWithAPageByPageModelThroughRandomChanges() {
    for (int seed = 0; seed < 400; seed++) {
      Random random = new Random(seed);
      start(random);
      for (int step = 0; step < 60; step++) {
        change(random);
        if (random.nextInt(20) == 0) {
          space = space.fork();
        }
      }
      compare("seed " + seed);
    }
  }

  private void start(Random random) {
    shows.clear();
    due.clear();
    space = new AddressSpace();
    long page = 1 + random.nextInt(5);
    while (page < PAGES) {
      long end = page + 1 + random.nextInt(60);
      space.addRange(page * PAGE, end * PAGE, false);
      for (long p = page; p < end; p++) {
        shows.put(p, p);
        if (random.nextInt(3) > 0) {
          space.markDue(p * PAGE, (p + 1) * PAGE);
          due.put(p, true);
        }
      }
      page = end + random.nextInt(10);
    }
  }

  private void change(Random random) {
    long start = random.nextInt(PAGES);
    long pages = 1 + random.nextInt(50);
    switch (random.nextInt(3)) {
      case 0 -> {
        space.settle(start * PAGE, (start + pages) * PAGE);
        for (long p = start; p < start + pages; p++) {
          due.remove(shows.get(p));
        }
      }
      case 1 -> {
        space.unmap(start * PAGE, (start + pages) * PAGE);
        unmapInModel(start, pages);
      }
      default -> {
        long to = start + pages + random.nextInt(PAGES);
        space.remap(start * PAGE, to * PAGE, pages * PAGE);
        Map<Long, Long> moving = new HashMap<>();
        for (long p = 0; p < pages; p++) {
          Long image = shows.remove(start + p);
          if (image != null) {
            moving.put(to + p, image);
          }
        }
        unmapInModel(to, pages);
        shows.putAll(moving);
      }
    }
  }

  private void unmapInModel(long start, long pages) {
    for (long p = start; p < start + pages; p++) {
      Long image = shows.remove(p);
      if (image != null) {
        due.remove(image);
      }
    }
  }

  private void compare(String context) {
    long last = -PAGE;
    for (long p = 0; p < 3 * PAGES; p++) {
      int segment = space.find(p * PAGE);
      Long image = shows.get(p);
      assertThat(segment >= 0)
          .as("%s: page %d shows the image", context, p)
          .isEqualTo(image != null);
      if (image != null) {
        assertThat(space.imageAddress(segment, p * PAGE)).as(context).isEqualTo(image * PAGE);
        boolean isDue = due.containsKey(image);
        assertThat(space.isDue(segment, p * PAGE)).as("%s: page %d", context, p).isEqualTo(isDue);
        if (isDue) {
          assertThat(space.nextDue(last + PAGE)).as("%s: next due", context).isEqualTo(p * PAGE);
          last = p * PAGE;
        }
      }
    }
    assertThat(space.nextDue(last + PAGE)).isEqualTo(-1);
    assertThat(space.duePages()).as(context).isEqualTo(due.size());
  }

  @Test
  void aRunOfDuePagesEndsAtAGapAtTheSegmentsEndAndAtTheLimit() {
    space = new AddressSpace();
    space.addRange(0x10000, 0x10000 + 100 * PAGE, false);
    space.markDue(0x10000, 0x10000 + 70 * PAGE);
    space.markDue(0x10000 + 71 * PAGE, 0x10000 + 100 * PAGE);
    assertThat(space.dueRunBytes(0, 0x10000, 1L << 40)).isEqualTo(70 * PAGE);
    assertThat(space.dueRunBytes(0, 0x10000, 3 * PAGE)).isEqualTo(3 * PAGE);
    assertThat(space.dueRunBytes(0, 0x10000 + 90 * PAGE, 1L << 40)).isEqualTo(10 * PAGE);
  }

  @Test
  void aChildGetsNothingOfWhatIsWipedOnForkAndItsOwnCopyOfTheRest() {
    space = new AddressSpace();
    space.addRange(0x10000, 0x20000, true);
    space.addRange(0x20000, 0x30000, false);
    space.markDue(0x10000, 0x30000 - 0x10000);
    space.markDue(0x20000, 0x30000);
    AddressSpace child = space.fork();
    assertThat(child.duePages()).isEqualTo(16);
    assertThat(child.isDue(child.find(0x10000), 0x10000)).isFalse();
    child.settle(0x20000, 0x30000);
    assertThat(space.duePages()).isEqualTo(32);
  }

  @Test
  void aReservationOfTerabytesWithOnePageDueIsCheap() {
    space = new AddressSpace();
    long start = 0x10_0000_0000L;
    long end = start + (16L << 40);
    space.addRange(start, end, false);
    space.markDue(end - PAGE, end);
    assertThat(space.nextDue(start)).isEqualTo(end - PAGE);
    space.remap(start, end, 16L << 40);
    assertThat(space.nextDue(0)).isEqualTo(end + (16L << 40) - PAGE);
    assertThat(space.duePages()).isEqualTo(1);
  }
}
