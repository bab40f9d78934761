package io.criulazy.client.restore;

import static org.assertj.core.api.Assertions.assertThat;

import io.criulazy.client.dump.DumpRequest;
import io.criulazy.client.dump.NativeDump;
import io.criulazy.client.testing.Budget;
import io.criulazy.client.testing.CriuRun;
import io.criulazy.client.testing.LazyDaemon;
import io.criulazy.client.testing.Needs;
import io.criulazy.client.testing.Requirement;
import io.criulazy.client.testing.RoundTrip;
import io.criulazy.client.testing.Stranger;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Programs that know what they had: what criu has dumped we restore, what we have dumped criu and
 * we restore, lazily and eagerly. {@code -Dcriu-lazy.it.all-directions=true} tries all programs in
 * all directions.
 */
@Needs({Requirement.KERNEL, Requirement.GCC, Requirement.CRIU, Requirement.DISTRIBUTION})
class DirectionsIT {
  private static final boolean ALL = Boolean.getBoolean("criu-lazy.it.all-directions");

  /** Who dumps, and who restores. */
  private enum Direction {
    CRIU_TO_US,
    US_TO_CRIU,
    US_TO_US
  }

  /** What criu itself loses in a direction, a program is told not to have. */
  private static final Map<String, Map<Direction, List<String>>> NOT_WITH_CRIU =
      Map.of(
          "state",
          Map.of(
              Direction.CRIU_TO_US, List.of("wipe-on-fork=0"),
              Direction.US_TO_CRIU, List.of("personality=0"),
              Direction.US_TO_US, List.of("guards=1", "user=1234")),
          "calls",
          Map.of(Direction.CRIU_TO_US, List.of("interruptions=1")));

  private record Case(String program, Direction direction, boolean lazy) {
    String[] options() {
      List<String> options = new ArrayList<>();
      options.add(program.equals("tree") ? "threads=4" : "threads=64");
      options.addAll(
          NOT_WITH_CRIU.getOrDefault(program, Map.of()).getOrDefault(direction, List.of()));
      return options.toArray(String[]::new);
    }
  }

  static Stream<Case> cases() {
    if (!ALL) {
      return Stream.of(
          new Case("state", Direction.CRIU_TO_US, true),
          new Case("state", Direction.CRIU_TO_US, false),
          new Case("state", Direction.US_TO_US, true),
          new Case("state", Direction.US_TO_CRIU, false),
          new Case("states", Direction.US_TO_CRIU, false),
          new Case("tree", Direction.US_TO_US, true),
          new Case("calls", Direction.US_TO_US, false),
          new Case("aio-events", Direction.US_TO_US, true));
    }
    return Stream.of("pages", "tree", "state", "states", "calls", "aio-events")
        .flatMap(
            program ->
                Stream.of(Direction.values())
                    .flatMap(
                        direction ->
                            Stream.of(true, false)
                                .map(lazy -> new Case(program, direction, lazy))));
  }

  @TempDir Path scratch;

  @ParameterizedTest
  @MethodSource("cases")
  void allIsAsItWas(Case one) throws Exception {
    try (Stranger victim = Stranger.start(scratch, one.program, one.options())) {
      Path images = RoundTrip.images(scratch);
      dump(one, victim, images);
      victim.awaitGone();
      if (one.lazy) {
        try (LazyDaemon daemon = LazyDaemon.start(images)) {
          restoreAndFinish(one, victim, images);
          daemon.mustEndWell(Budget.ofSeconds(20));
        }
      } else {
        restoreAndFinish(one, victim, images);
      }
    }
  }

  private static void dump(Case one, Stranger victim, Path images) throws Exception {
    if (one.direction == Direction.CRIU_TO_US) {
      CriuRun.tryDump(victim.pid(), images).mustSucceed();
      return;
    }
    DumpRequest request =
        new DumpRequest(victim.pid(), images, false, images.resolve("dump.log"), 4, List.of());
    NativeDump engine = new NativeDump();
    assertThat(engine.refusals(request)).isEmpty();
    engine.dump(request);
  }

  private static void restoreAndFinish(Case one, Stranger victim, Path images) throws Exception {
    if (one.direction == Direction.US_TO_CRIU) {
      (one.lazy ? CriuRun.lazyRestore(images) : CriuRun.eagerRestore(images)).mustSucceed();
      victim.finishUnharmed();
      return;
    }
    RestoreRequest request =
        new RestoreRequest(
            images,
            images,
            one.lazy,
            images.resolve("restore.log"),
            2,
            List.of(),
            Caller.self(false));
    NativeRestore engine = new NativeRestore();
    assertThat(engine.refusals(request)).isEmpty();
    try (Reaper reaper = new Reaper(engine.restore(request))) {
      assertThat(reaper.pid()).isEqualTo(victim.pid());
      victim.finishUnharmed();
    }
  }
}
