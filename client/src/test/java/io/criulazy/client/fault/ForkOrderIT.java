package io.criulazy.client.fault;

import static io.criulazy.client.fault.ServedVictim.BASE;
import static io.criulazy.client.fault.ServedVictim.at;
import static io.criulazy.client.fault.ServedVictim.content;
import static io.criulazy.client.fault.ServedVictim.hex;
import static org.assertj.core.api.Assertions.assertThat;

import io.criulazy.client.testing.Needs;
import io.criulazy.client.testing.Requirement;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * One thread forks and another moves or unmaps memory, and their messages come in the other order
 * than what they have done. Both have happened when the fault loop is held; then it reads them.
 */
@Needs({Requirement.KERNEL, Requirement.GCC})
class ForkOrderIT {
  private static final int PAGES = 1_024;
  private static final long ELSEWHERE = 0x3000_0000_0000L;
  private static final String BYTES = " 100000";
  private static final int MOVED = 256;

  @TempDir Path directory;

  private final SwappedMessages record = new SwappedMessages(this::between);
  private Runnable betweenReadingAndActing = () -> {};

  private void between() {
    betweenReadingAndActing.run();
  }

  private ServedVictim victim() throws Exception {
    return new ServedVictim(directory, PAGES, LostPagePolicy.POISON, record);
  }

  /** Both happen, first before second; the loop then reads the second first. */
  private void swap(ServedVictim it, String first, String second) throws Exception {
    it.source.hold(at(PAGES - 1));
    CompletableFuture<String> reader = it.victim.start("read " + hex(at(PAGES - 1)));
    it.source.awaitHeld();
    CompletableFuture<String> one = it.victim.start(first);
    it.victim.awaitWaiting(1);
    CompletableFuture<String> other = it.victim.start(second);
    it.victim.awaitWaiting(2);
    it.source.release();
    one.get(10, TimeUnit.SECONDS);
    other.get(10, TimeUnit.SECONDS);
    assertThat(reader.get(10, TimeUnit.SECONDS)).isEqualTo(hex(content(PAGES - 1)));
    assertThat(record.isSwapped()).as("the messages were read at once").isTrue();
  }

  private static void assertRight(ServedVictim it, String who, long address, long first)
      throws Exception {
    String wrong = who + "wrong " + hex(address) + " " + hex(MOVED) + " " + hex(content(first));
    assertThat(it.victim.number(wrong)).as(wrong).isZero();
  }

  @Test
  void aMoveIsReadAfterTheForkThatCameLater() throws Exception {
    try (ServedVictim it = victim()) {
      swap(it, "remap " + hex(BASE) + BYTES + " " + hex(ELSEWHERE), "fork");
      assertRight(it, "child 0 ", ELSEWHERE, 0);
      assertRight(it, "child 0 ", at(MOVED), MOVED);
      it.finish();
      assertRight(it, "", ELSEWHERE, 0);
    }
  }

  @Test
  void aMoveIsReadBeforeTheForkThatCameEarlier() throws Exception {
    try (ServedVictim it = victim()) {
      swap(it, "fork", "remap " + hex(BASE) + BYTES + " " + hex(ELSEWHERE));
      assertRight(it, "child 0 ", BASE, 0);
      it.finish();
      assertRight(it, "", ELSEWHERE, 0);
    }
  }

  @Test
  void anUnmappingIsReadBeforeTheForkThatCameEarlier() throws Exception {
    try (ServedVictim it = victim()) {
      swap(it, "fork", "unmap " + hex(BASE) + BYTES);
      assertRight(it, "child 0 ", BASE, 0);
      it.finish();
      assertRight(it, "", at(MOVED), MOVED);
    }
  }

  @Test
  void anUnmappingIsReadAfterTheForkThatCameLater() throws Exception {
    try (ServedVictim it = victim()) {
      swap(it, "unmap " + hex(BASE) + BYTES, "fork");
      assertRight(it, "child 0 ", at(MOVED), MOVED);
      it.finish();
    }
  }

  /** The kernel tells first that the place is taken from who was there, and then who has come. */
  @Test
  void aMoveOverOtherMemoryIsReadBeforeTheForkThatCameEarlier() throws Exception {
    try (ServedVictim it = victim()) {
      swap(it, "fork", "remap " + hex(BASE) + BYTES + " " + hex(at(2 * MOVED)));
      assertRight(it, "child 0 ", BASE, 0);
      assertRight(it, "child 0 ", at(2 * MOVED), 2 * MOVED);
      it.finish();
      assertRight(it, "", at(2 * MOVED), 0);
    }
  }

  /** The old place stays registered, too. */
  @Test
  void aCopiedMoveIsReadAfterTheForkThatCameLater() throws Exception {
    try (ServedVictim it = victim()) {
      swap(it, "dontunmap " + hex(BASE) + BYTES + " " + hex(ELSEWHERE), "fork");
      assertRight(it, "child 0 ", ELSEWHERE, 0);
      assertThat(it.victim.number("child 0 read " + hex(BASE))).isZero();
      it.finish();
    }
  }

  /** It can't be asked while it changes its own memory, so that is read first, and kept. */
  @Test
  void theChildGoesOnBeforeItIsAsked() throws Exception {
    try (ServedVictim it = victim()) {
      betweenReadingAndActing = () -> goOn(it, "unmap " + hex(at(2 * MOVED)) + BYTES);
      swap(it, "remap " + hex(BASE) + BYTES + " " + hex(ELSEWHERE), "fork");
      assertRight(it, "child 0 ", ELSEWHERE, 0);
      assertRight(it, "child 0 ", at(MOVED), MOVED);
      it.finish();
      assertRight(it, "", ELSEWHERE, 0);
      assertRight(it, "", at(2 * MOVED), 2 * MOVED);
    }
  }

  /** What it has moved itself can't be asked about: it is stopped, and reads nothing wrong. */
  @Test
  void theChildChangesWhatIsInQuestion() throws Exception {
    try (ServedVictim it = victim()) {
      betweenReadingAndActing =
          () -> goOn(it, "remap " + hex(ELSEWHERE) + BYTES + " " + hex(2 * ELSEWHERE));
      swap(it, "remap " + hex(BASE) + BYTES + " " + hex(ELSEWHERE), "fork");
      assertThat(it.victim.call("child 0 read " + hex(2 * ELSEWHERE))).isEqualTo("SIGBUS");
      it.finish();
      assertRight(it, "", ELSEWHERE, 0);
    }
  }

  private static void goOn(ServedVictim it, String command) {
    try {
      Thread.sleep(100); // until the child runs
      it.victim.start("child 0 " + command);
      Thread.sleep(200); // until it waits for its message to be read
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
