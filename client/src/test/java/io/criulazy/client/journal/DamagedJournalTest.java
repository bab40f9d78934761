package io.criulazy.client.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.criulazy.client.fault.AddressSpace;
import io.criulazy.client.fault.ProcessRecord;
import io.criulazy.client.sys.UffdMessages;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A journal that something has damaged is refused with its place, or replayed; it breaks nothing.
 */
class DamagedJournalTest {
  private static final int MESSAGES = 700;
  private static final int TIMES = 400;
  private static final long PAGE = 4096;
  private static final long BASE = 1L << 32;

  @TempDir Path work;

  private Path journal(String name) {
    return work.resolve("criu-lazy.journal").resolve(name);
  }

  /** Of one process, "7", whose changes take more than one window of its file. */
  private void write() throws IOException {
    SplittableRandom random = new SplittableRandom(1);
    try (SessionJournal session = SessionJournal.create(work, "images")) {
      ProcessJournal process = session.processes().create("7", 5, Optional.empty());
      for (int i = 0; i < MESSAGES; i++) {
        long from = BASE + random.nextInt(100) * PAGE;
        long to = BASE + (1_000 + random.nextInt(100)) * PAGE;
        long bytes = (1 + random.nextInt(20)) * PAGE;
        switch (i % 3) {
          case 0 -> put(process, UffdMessages.REMAP, from, to, bytes);
          case 1 -> put(process, UffdMessages.REMOVE, from, from + bytes, 0);
          default -> put(process, UffdMessages.UNMAP, from, from + bytes, 0);
        }
      }
    }
  }

  private static void put(ProcessJournal process, int event, long a, long b, long c) {
    ProcessRecord.Place place = process.reserve(UffdMessages.MESSAGE_BYTES);
    int offset = place.offset();
    place.buffer().putLong(offset, event).putLong(offset + 8, a);
    place.buffer().putLong(offset + 16, b).putLong(offset + 24, c);
    process.keep(UffdMessages.MESSAGE_BYTES);
  }

  /** How many messages there are. */
  private int replay() throws IOException {
    AddressSpace space = new AddressSpace();
    space.addRange(BASE, BASE + 2_000 * PAGE, false);
    space.markDue(BASE, BASE + 2_000 * PAGE);
    int[] count = {0};
    try (SessionJournal session = SessionJournal.resume(work)) {
      session.words();
      ProcessJournal process = session.processes().open("7");
      if (process == null) {
        return 0;
      }
      process.replay(
          (event, a, b, c) -> {
            count[0]++;
            switch (event) {
              case UffdMessages.REMAP -> space.remap(a, b, c);
              case UffdMessages.REMOVE -> space.settle(a, b);
              case UffdMessages.UNMAP -> space.unmap(a, b);
              default -> assertThat(event).isBetween(UffdMessages.PAGEFAULT, 0x73);
            }
          });
    }
    return count[0];
  }

  @Test
  void aSoundOneIsReplayedWhole() throws Exception {
    write();
    assertThat(replay()).isEqualTo(MESSAGES);
  }

  @Test
  void bytesThatHaveChangedAreRefusedOrReplayed() throws Exception {
    write();
    for (String name : new String[] {"process-7", "session"}) {
      byte[] sound = Files.readAllBytes(journal(name));
      SplittableRandom random = new SplittableRandom(2);
      int refused = 0;
      for (int i = 0; i < TIMES; i++) {
        byte[] damaged = sound.clone();
        for (int flips = 1 + random.nextInt(8); flips > 0; flips--) {
          int within = random.nextBoolean() ? 256 : damaged.length;
          damaged[random.nextInt(within)] = (byte) random.nextInt();
        }
        Files.write(journal(name), damaged);
        try {
          replay();
        } catch (IOException e) {
          refused++;
          assertThat(e).hasMessageContaining("criu-lazy.journal");
        }
      }
      assertThat(refused).as(name).isPositive();
      Files.write(journal(name), sound);
    }
  }

  @Test
  void oneThatWasCutOffIsRefused() throws Exception {
    write();
    for (String name : new String[] {"process-7", "session"}) {
      byte[] sound = Files.readAllBytes(journal(name));
      for (int bytes = 8; bytes < sound.length; bytes += 4_000) {
        Files.write(journal(name), Arrays.copyOf(sound, bytes));
        assertThatThrownBy(this::replay)
            .isInstanceOf(IOException.class)
            .hasMessageContaining("is damaged");
      }
      Files.write(journal(name), sound);
    }
    assertThat(replay()).isEqualTo(MESSAGES);
  }
}
