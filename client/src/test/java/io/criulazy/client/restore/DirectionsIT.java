package io.criulazy.client.restore;

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
          new Case("aio-events", Direction.US_TO_US, true),
          new Case("segments", Direction.US_TO_US, true));
    }
    return Stream.of("pages", "tree", "state", "states", "calls", "aio-events", "segments")
        .flatMap(
            program ->
                directions(program)
                    .flatMap(
                        direction ->
                            Stream.of(true, false)
                                .map(lazy -> new Case(program, direction, lazy))));
  }

  /** criu has System V shared memory only in namespaces of its own. */
  private static Stream<Direction> directions(String program) {
    return program.equals("segments")
        ? Stream.of(Direction.US_TO_US)
        : Stream.of(Direction.values());
  }

  @TempDir Path scratch;

  @ParameterizedTest
  @MethodSource("cases")
  void allIsAsItWas(Case one) throws Exception {
    try (Stranger victim = Stranger.start(scratch, one.program, one.options())) {
      Path images = RoundTrip.images(scratch);
      one.direction.dump(victim.pid(), images);
      victim.awaitGone();
      one.direction.restore(victim.pid(), images, one.lazy, victim::finishUnharmed);
    }
  }
}
