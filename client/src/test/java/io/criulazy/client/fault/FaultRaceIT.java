package io.criulazy.client.fault;

import static io.criulazy.client.fault.ServedVictim.BASE;
import static io.criulazy.client.fault.ServedVictim.at;
import static io.criulazy.client.fault.ServedVictim.content;
import static io.criulazy.client.fault.ServedVictim.hex;
import static org.assertj.core.api.Assertions.assertThat;

import io.criulazy.client.testing.Needs;
import io.criulazy.client.testing.Requirement;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The races that decide whether lazy memory is right, provoked on the real kernel. */
@Needs({Requirement.KERNEL, Requirement.GCC})
@Timeout(60)
class FaultRaceIT {
  private static final int PAGES = 512;
  private static final long ELSEWHERE = BASE + 0x1_0000_0000L;

  @TempDir Path directory;

  @Test
  void manyThreadsWaitForOnePage() throws Exception {
    try (ServedVictim it = new ServedVictim(directory, PAGES)) {
      it.source.hold(at(7));
      List<CompletableFuture<String>> readers = new ArrayList<>();
      for (int i = 0; i < 16; i++) {
        readers.add(it.victim.start("read " + hex(at(7))));
      }
      it.source.awaitHeld();
      Thread.sleep(50);
      it.source.release();
      for (CompletableFuture<String> reader : readers) {
        assertThat(reader.get(10, TimeUnit.SECONDS)).isEqualTo(hex(content(7)));
      }
      it.finish();
    }
  }

  /** A copy that was planned before the process removed the page, and carried out after. */
  @Test
  void aCopyPlannedBeforeARemovalPutsNoOldBytesThere() throws Exception {
    try (ServedVictim it = new ServedVictim(directory, PAGES)) {
      it.source.hold(at(0));
      it.restored();
      it.source.awaitHeld();
      CompletableFuture<String> removal = it.victim.start("dontneed " + hex(BASE) + " 4000");
      Thread.sleep(50);
      assertThat(removal).as("the removal waits for its event to be read").isNotDone();
      it.source.release();
      assertThat(removal.get(10, TimeUnit.SECONDS)).isEqualTo("0");
      assertThat(it.read(0)).isZero();
      assertThat(it.read(3)).isZero();
      assertThat(it.read(4)).isEqualTo(content(4));
      it.finish();
      assertThat(it.wrong(at(4), PAGES - 4, 4)).isZero();
    }
  }

  @Test
  void aCopyPlannedBeforeAnUnmapPutsNothingIntoWhatIsMappedThereNext() throws Exception {
    try (ServedVictim it = new ServedVictim(directory, PAGES)) {
      it.source.hold(at(0));
      it.restored();
      it.source.awaitHeld();
      CompletableFuture<String> unmap = it.victim.start("unmap " + hex(BASE) + " 10000");
      Thread.sleep(50);
      it.source.release();
      assertThat(unmap.get(10, TimeUnit.SECONDS)).isEqualTo("0");
      it.victim.call("map " + hex(BASE) + " 10");
      assertThat(it.read(0)).isZero();
      assertThat(it.read(15)).isZero();
      assertThat(it.read(16)).isEqualTo(content(16));
      it.finish();
      assertThat(it.wrong(at(16), PAGES - 16, 16)).isZero();
    }
  }

  @Test
  void aCopyPlannedBeforeAMoveFollowsThePages() throws Exception {
    try (ServedVictim it = new ServedVictim(directory, PAGES)) {
      it.source.hold(at(0));
      it.restored();
      it.source.awaitHeld();
      CompletableFuture<String> move =
          it.victim.start("remap " + hex(BASE) + " 100000 " + hex(ELSEWHERE));
      Thread.sleep(50);
      it.source.release();
      assertThat(move.get(10, TimeUnit.SECONDS)).isEqualTo("0");
      it.finish();
      assertThat(it.wrong(ELSEWHERE, 256, 0)).isZero();
      assertThat(it.wrong(at(256), PAGES - 256, 256)).isZero();
    }
  }

  @Test
  void aCopyPlannedBeforeAForkReachesBoth() throws Exception {
    try (ServedVictim it = new ServedVictim(directory, PAGES)) {
      it.source.hold(at(0));
      it.restored();
      it.source.awaitHeld();
      CompletableFuture<String> fork = it.victim.start("fork");
      Thread.sleep(50);
      it.source.release();
      fork.get(10, TimeUnit.SECONDS);
      it.finish();
      assertThat(it.wrong(BASE, PAGES, 0)).isZero();
      assertThat(it.victim.number("child 0 wrong " + hex(BASE) + " 200 " + hex(content(0))))
          .isZero();
    }
  }

  /** The copy is in the kernel when the process removes the page, and the removal has to wait. */
  @Test
  void noEventIsReadWhileTheFillerCopies() throws Exception {
    try (ServedVictim it = new ServedVictim(directory, PAGES);
        HangingPage page = it.source.hang(at(1))) {
      it.restored();
      page.awaitReached();
      CompletableFuture<String> removal = it.victim.start("dontneed " + hex(BASE) + " 4000");
      CompletableFuture<String> reader = it.victim.start("read " + hex(at(300)));
      Thread.sleep(50);
      assertThat(removal).as("the removal waits for its event to be read").isNotDone();
      page.release();
      assertThat(removal.get(10, TimeUnit.SECONDS)).isEqualTo("0");
      assertThat(reader.get(10, TimeUnit.SECONDS)).isEqualTo(hex(content(300)));
      assertThat(it.read(0)).isZero();
      assertThat(it.read(3)).isZero();
      it.finish();
      assertThat(it.wrong(at(4), PAGES - 4, 4)).isZero();
    }
  }

  @Test
  void theFillerBringsEverythingElseWhileTheFaultLoopCopies() throws Exception {
    try (ServedVictim it = new ServedVictim(directory, PAGES);
        HangingPage filled = it.source.hang(at(1))) {
      it.restored();
      filled.awaitReached();
      try (HangingPage faulted = it.source.hang(at(400))) {
        CompletableFuture<String> reader = it.victim.start("read " + hex(at(400)));
        Thread.sleep(50);
        filled.release(); // the fault loop is let in before the filler begins another copy
        faulted.awaitReached();
        awaitDue(it, 1);
        assertThat(reader).isNotDone();
        faulted.release();
        assertThat(reader.get(10, TimeUnit.SECONDS)).isEqualTo(hex(content(400)));
        it.finish();
      }
      assertThat(it.wrong(BASE, PAGES, 0)).isZero();
    }
  }

  @Test
  void aForkDuringACopyOfTheFaultLoopReachesBoth() throws Exception {
    try (ServedVictim it = new ServedVictim(directory, PAGES);
        HangingPage page = it.source.hang(at(7))) {
      CompletableFuture<String> reader = it.victim.start("read " + hex(at(7)));
      page.awaitReached();
      CompletableFuture<String> fork = it.victim.start("fork");
      Thread.sleep(50);
      assertThat(fork).as("the fork waits for its event to be read").isNotDone();
      page.release();
      assertThat(reader.get(10, TimeUnit.SECONDS)).isEqualTo(hex(content(7)));
      fork.get(10, TimeUnit.SECONDS);
      it.finish();
      assertThat(it.wrong(BASE, PAGES, 0)).isZero();
      assertThat(it.victim.number("child 0 wrong " + hex(BASE) + " 200 " + hex(content(0))))
          .isZero();
    }
  }

  /**
   * The kernel looks the mapping up again when it has waited for the source, finds none where the
   * page was, and says so rather than that a change is under way.
   */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aMoveDuringACopyTakesThePageAlong(boolean isFaultLoops) throws Exception {
    try (ServedVictim it = new ServedVictim(directory, PAGES);
        HangingPage page = it.source.hang(at(1))) {
      if (isFaultLoops) {
        it.victim.start("populate " + hex(at(1)) + " 1000"); // which fails when there is no memory
      } else {
        it.restored();
      }
      page.awaitReached();
      CompletableFuture<String> move =
          it.victim.start("remap " + hex(BASE) + " 100000 " + hex(ELSEWHERE));
      Thread.sleep(50);
      assertThat(move).as("the move waits for its event to be read").isNotDone();
      page.release();
      assertThat(move.get(10, TimeUnit.SECONDS)).isEqualTo("0");
      it.finish();
      assertThat(it.wrong(ELSEWHERE, 256, 0)).isZero();
      assertThat(it.wrong(at(256), PAGES - 256, 256)).isZero();
    }
  }

  private static void awaitDue(ServedVictim it, long pages) throws InterruptedException {
    long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    while (it.process.duePages() > pages && System.nanoTime() < endNs) {
      Thread.sleep(5);
    }
    assertThat(it.process.duePages()).isEqualTo(pages);
  }

  @Test
  void aFaultReadBeforeTheRemovalThatCameFirstIsAnsweredWithZeros() throws Exception {
    try (ServedVictim it = new ServedVictim(directory, PAGES)) {
      it.source.hold(at(100));
      CompletableFuture<String> blocker = it.victim.start("read " + hex(at(100)));
      it.source.awaitHeld();
      // The loop stands still: both of these are queued, and the kernel hands out faults first.
      CompletableFuture<String> removal = it.victim.start("dontneed " + hex(at(200)) + " 1000");
      Thread.sleep(50);
      CompletableFuture<String> reader = it.victim.start("read " + hex(at(200)));
      Thread.sleep(50);
      it.source.release();
      assertThat(blocker.get(10, TimeUnit.SECONDS)).isEqualTo(hex(content(100)));
      assertThat(removal.get(10, TimeUnit.SECONDS)).isEqualTo("0");
      assertThat(reader.get(10, TimeUnit.SECONDS)).isEqualTo("0");
      it.finish();
    }
  }

  @Test
  void eachOfAChainOfFiveForksGetsWhatIsStillMissing() throws Exception {
    try (ServedVictim it = new ServedVictim(directory, PAGES)) {
      String path = "";
      for (int generation = 0; generation < 5; generation++) {
        assertThat(it.victim.number(path + "read " + hex(at(generation))))
            .isEqualTo(content(generation));
        it.victim.call(path + "dontneed " + hex(at(100 + generation)) + " 1000");
        it.victim.call(path + "fork");
        path += "child 0 ";
      }
      it.finish();
      path = "";
      for (int generation = 0; generation <= 5; generation++) {
        for (int page = 100; page < 105; page++) {
          long expected = page - 100 < generation + 1 && page - 100 < 5 ? 0 : content(page);
          assertThat(it.victim.number(path + "read " + hex(at(page))))
              .as("generation %d, page %d", generation, page)
              .isEqualTo(expected);
        }
        assertThat(it.victim.number(path + "wrong " + hex(at(105)) + " 100 " + hex(content(105))))
            .isZero();
        path += "child 0 ";
      }
    }
  }

  @Test
  void aHalfDeliveredRangeCanBeMovedAndItsOldPlaceReadsZeroIfItStays() throws Exception {
    try (ServedVictim it = new ServedVictim(directory, PAGES)) {
      for (int page = 0; page < PAGES; page += 2) {
        it.read(page);
      }
      it.victim.call("dontunmap " + hex(BASE) + " 80000 " + hex(ELSEWHERE));
      assertThat(it.read(1)).isZero();
      assertThat(it.read(2)).isZero();
      assertThat(it.wrong(ELSEWHERE, 128, 0)).isZero();
      it.finish();
      assertThat(it.wrong(ELSEWHERE, 128, 0)).isZero();
      assertThat(it.wrong(at(128), PAGES - 128, 128)).isZero();
    }
  }

  /**
   * The kernel announces the unmapping of the old place after each move, when others may be there.
   */
  @Test
  void aLateUnmapOfTheOldPlaceDoesNotHitWhatWasMovedThereMeanwhile() throws Exception {
    try (ServedVictim it = new ServedVictim(directory, PAGES)) {
      String first = hex(at(0));
      String second = hex(at(256));
      for (int round = 0; round < 50; round++) {
        it.victim.call("remap " + first + " 100000 " + hex(ELSEWHERE));
        CompletableFuture<String> back = it.victim.start("remap " + second + " 100000 " + first);
        back.get(10, TimeUnit.SECONDS);
        it.victim.call("remap " + hex(ELSEWHERE) + " 100000 " + second);
      }
      assertThat(it.process.duePages()).isEqualTo(PAGES);
      it.finish();
      assertThat(it.wrong(at(0), 256, 0)).isZero();
      assertThat(it.wrong(at(256), 256, 256)).isZero();
    }
  }

  @Test
  void aSplitVmaIsFilledPieceByPiece() throws Exception {
    try (ServedVictim it = new ServedVictim(directory, PAGES)) {
      for (int page = 3; page < PAGES; page += 7) {
        it.victim.call("protect " + hex(at(page)) + " 1000 1");
      }
      it.finish();
      assertThat(it.wrong(BASE, PAGES, 0)).isZero();
    }
  }

  @Test
  void exitInMidCopyEndsTheServing() throws Exception {
    try (ServedVictim it = new ServedVictim(directory, PAGES)) {
      it.source.hold(at(0));
      it.restored();
      it.source.awaitHeld();
      it.victim.kill();
      it.source.release();
      it.finish();
      assertThat(it.process.state()).isEqualTo(LazyProcess.State.GONE);
    }
  }

  @Test
  void aStormOfRemovalsLeavesZerosThereAndTheImageElsewhere() throws Exception {
    try (ServedVictim it = new ServedVictim(directory, 4096)) {
      it.restored();
      List<CompletableFuture<String>> storm = new ArrayList<>();
      for (int page = 0; page < 4096; page += 8) {
        storm.add(it.victim.start("dontneed " + hex(at(page)) + " 1000"));
      }
      for (CompletableFuture<String> removal : storm) {
        assertThat(removal.get(20, TimeUnit.SECONDS)).isEqualTo("0");
      }
      it.finish();
      for (int page = 0; page < 4096; page += 8) {
        assertThat(it.read(page)).as("page %d", page).isZero();
        assertThat(it.wrong(at(page + 1), 7, page + 1)).isZero();
      }
    }
  }

  /** CRIU passes this length through an int. */
  @Test
  void anUnmapOfMoreThanTwoGibibytesIsWhole() throws Exception {
    try (ServedVictim it = new ServedVictim(directory, PAGES)) {
      long big = at(PAGES) + 0x10_0000_0000L;
      it.victim.call("map " + hex(big) + " " + hex(3L << 18));
      it.victim.call("dontunmap " + hex(BASE) + " 100000 " + hex(big + (3L << 30) - 0x100000));
      it.victim.call("unmap " + hex(big) + " " + hex(3L << 30));
      it.finish();
      assertThat(it.wrong(at(256), PAGES - 256, 256)).isZero();
      assertThat(it.statistics.pagesInstalled(Trigger.BACKGROUND)).isEqualTo(256);
    }
  }

  @Test
  void whatCanNotBeHadEndsInSigbusAndNotInZeros() throws Exception {
    try (ServedVictim it = new ServedVictim(directory, PAGES)) {
      assertThat(it.read(5)).isEqualTo(content(5));
      it.process.lose("the test says so");
      assertThat(it.victim.call("read " + hex(at(6)))).isEqualTo("SIGBUS");
      it.finish();
      assertThat(it.read(5)).isEqualTo(content(5));
      assertThat(it.victim.call("read " + hex(at(400)))).isEqualTo("SIGBUS");
      assertThat(it.tree.anyLost()).isTrue();
      assertThat(it.statistics.pagesPoisoned()).isEqualTo(PAGES - 1);
    }
  }

  @Test
  void aProcessWhosePagesCanNotBeHadWaitsUntilTheyCan() throws Exception {
    try (ServedVictim it = new ServedVictim(directory, PAGES, LostPagePolicy.WAIT)) {
      it.source.fail("the disk is gone");
      it.process.lose("the disk is gone");
      CompletableFuture<String> read = it.victim.start("read " + hex(at(6)));
      Thread.sleep(1_500); // a retry later
      assertThat(read).isNotDone();
      assertThat(it.process.state()).isEqualTo(LazyProcess.State.LOST);
      assertThat(it.tree.lostProcesses()).isEqualTo(1);
      it.source.fail(null);
      assertThat(read.get(5, TimeUnit.SECONDS)).isEqualTo(hex(content(6)));
      it.finish();
      assertThat(it.wrong(BASE, PAGES, 0)).isZero();
      assertThat(it.tree.anyLost()).isFalse();
    }
  }

  @Test
  void aProcessThatWaitsForLostPagesCanBeKilled() throws Exception {
    try (ServedVictim it = new ServedVictim(directory, PAGES, LostPagePolicy.WAIT)) {
      it.source.hold(at(0));
      it.restored();
      it.source.awaitHeld();
      it.source.fail("the disk is gone");
      it.process.lose("the disk is gone");
      it.source.release();
      it.victim.kill();
      it.finish();
      assertThat(it.process.state()).isEqualTo(LazyProcess.State.GONE);
    }
  }

  @Test
  void aProcessWhosePagesCanNotBeHadIsKilledIfSoWished() throws Exception {
    try (ServedVictim it = new ServedVictim(directory, PAGES, LostPagePolicy.KILL)) {
      it.source.hold(at(0));
      it.restored();
      it.source.awaitHeld();
      it.process.lose("the test says so");
      it.source.release();
      it.victim.awaitEnd();
      it.finish();
      assertThat(it.process.state()).isEqualTo(LazyProcess.State.GONE);
      assertThat(it.tree.anyLost()).isTrue();
    }
  }
}
