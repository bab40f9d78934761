package io.criulazy.client.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.criulazy.client.testing.Budget;
import io.criulazy.client.testing.Copy;
import io.criulazy.client.testing.CriuRun;
import io.criulazy.client.testing.Death;
import io.criulazy.client.testing.Keepers;
import io.criulazy.client.testing.LazyDaemon;
import io.criulazy.client.testing.Leftovers;
import io.criulazy.client.testing.Needs;
import io.criulazy.client.testing.Requirement;
import io.criulazy.client.testing.ResidentDaemonRig;
import io.criulazy.client.testing.RoundTrip;
import io.criulazy.client.testing.Victim;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * SIGKILL of a program before each of its steps that others can see: files made and removed,
 * sockets, descriptors taken over, the keeper. The next one removes what is left, and the process
 * has every byte right.
 *
 * <p>CRIU_LAZY_STEPS sets how many steps of each program are tried, spread over all of them; there
 * are about a hundred.
 */
@Needs({Requirement.KERNEL, Requirement.CRIU, Requirement.GCC, Requirement.DISTRIBUTION})
class KilledAtEachStepIT {
  private static final int STEPS =
      Integer.parseInt(System.getenv().getOrDefault("CRIU_LAZY_STEPS", "3"));
  private static final int KILLED = 137;
  private static final Logger LOG = LoggerFactory.getLogger(KilledAtEachStepIT.class);

  /** The program has the userfaultfd, and nothing is delivered. */
  private static final String RECEIVED = "open:4";

  @TempDir Path scratch;

  @FunctionalInterface
  private interface Attempt {
    /**
     * @return the program's steps
     */
    List<String> run(String step) throws Exception;
  }

  private static void atEachStep(String program, Attempt attempt) throws Exception {
    List<String> all = attempt.run("0");
    LOG.info("the steps of {}: {}", program, all);
    int count = Math.min(STEPS, all.size());
    int[] chosen =
        IntStream.range(0, count).map(i -> 1 + (2 * i + 1) * all.size() / (2 * count)).toArray();
    for (int step : chosen) {
      attempt.run(Integer.toString(step));
    }
    LOG.warn("{} has died at {} of {} steps", program, count, all.size());
  }

  @Test
  void lazyPages() throws Exception {
    Path images = RoundTrip.images(scratch);
    try (Victim victim = Victim.start(scratch, "pages", "mib=16", "touches=1000")) {
      CriuRun.dump(victim, images);
      atEachStep("lazy-pages", step -> lazyPages(step, victim, images));
    }
  }

  private List<String> lazyPages(String step, Victim victim, Path images) throws Exception {
    Path work = Copy.workDirectory(scratch, "lazy-pages" + step);
    Death death = Death.at(scratch, step, work);
    try (LazyDaemon daemon = LazyDaemon.launchToDie(death, work, images)) {
      restoreAndGoOn(daemon, victim, images, work);
    } catch (AssertionError e) {
      throw new AssertionError(death + "\n" + e.getMessage(), e);
    }
    return death.steps();
  }

  /** Whether the daemon dies or not: before it listens, later, at its very end. */
  private static void restoreAndGoOn(LazyDaemon first, Victim victim, Path images, Path work) {
    LazyDaemon daemon = first;
    if (!listens(daemon, work)) {
      daemon = LazyDaemon.launch(work, images, "-W", work.toString(), "--resume");
    }
    try (LazyDaemon listening = daemon) {
      if (listens(listening, work)) {
        try (Copy copy = Copy.start(victim, images, work)) {
          endOrGoOn(listening, images, work);
          copy.awaitUnharmed(Budget.ofSeconds(30));
        }
      } else {
        listening.mustEndWell(Budget.ofSeconds(10)); // nothing had begun
      }
    }
    Leftovers.awaitOnlyTheRigs(work);
  }

  private static boolean listens(LazyDaemon daemon, Path work) {
    Budget.ofSeconds(20)
        .await(
            "it listens or ends",
            () -> daemon.isListening(work) || !daemon.isAlive(),
            daemon::output);
    return daemon.isAlive();
  }

  private static void endOrGoOn(LazyDaemon daemon, Path images, Path work) {
    int code = daemon.awaitExit(Budget.ofSeconds(30));
    if (code == KILLED) {
      try (LazyDaemon next = LazyDaemon.launch(work, images, "-W", work.toString(), "--resume")) {
        next.mustEndWell(Budget.ofSeconds(30));
      }
    } else {
      assertThat(code).as(daemon.output()).isZero();
    }
  }

  @Test
  void aResumingProgram() throws Exception {
    Path images = RoundTrip.images(scratch);
    try (Victim victim = Victim.start(scratch, "pages", "mib=16", "touches=1000")) {
      CriuRun.dump(victim, images);
      atEachStep("lazy-pages --resume", step -> resumed(step, victim, images));
    }
  }

  /**
   * It is killed when the process is its own, and before it could have its predecessor's keeper let
   * go: that one is not forgotten, for it would hold the userfaultfd as long as the process lives.
   */
  @Test
  void aProgramThatTakesOver() throws Exception {
    Path images = RoundTrip.images(scratch);
    try (Victim victim = Victim.start(scratch, "pages", "mib=16", "touches=1000")) {
      CriuRun.dump(victim, images);
      assertThat(resumed("kill", victim, images)).last().asString().startsWith("kill");
    }
  }

  private List<String> resumed(String step, Victim victim, Path images) throws Exception {
    Path work = Copy.workDirectory(scratch, "resumed" + step);
    Death first = Death.at(work.getParent(), RECEIVED, work);
    Death death = Death.at(scratch, step, work);
    try (LazyDaemon daemon = LazyDaemon.launchToDie(first, work, images)) {
      daemon.awaitListening(work);
      try (Copy copy = Copy.start(victim, images, work)) {
        assertThat(daemon.awaitExit(Budget.ofSeconds(20))).as(first.toString()).isEqualTo(KILLED);
        try (LazyDaemon next = LazyDaemon.launchToDie(death, work, images, "--resume")) {
          endOrGoOn(next, images, work);
        }
        copy.awaitUnharmed(Budget.ofSeconds(30));
        Leftovers.awaitOnlyTheRigs(work);
        Keepers.awaitNone(); // while the process lives
      }
    } catch (AssertionError e) {
      throw new AssertionError(first + "\n" + death + "\n" + e.getMessage(), e);
    }
    return death.steps();
  }

  @Test
  void aResidentDaemon() throws Exception {
    Path images = RoundTrip.images(scratch);
    try (Victim victim = Victim.start(scratch, "pages", "mib=16", "touches=1000")) {
      CriuRun.dump(victim, images);
      atEachStep("daemon", step -> resident(step, victim, images));
    }
  }

  private List<String> resident(String step, Victim victim, Path images) throws Exception {
    Path home = Copy.workDirectory(scratch, "daemon" + step);
    Path control = Copy.workDirectory(home, "control");
    Path work = Copy.workDirectory(home, "work");
    Death death = Death.at(scratch, step, home);
    ResidentDaemonRig daemon = ResidentDaemonRig.launchToDie(death, control);
    try {
      daemon = goOnUnless(says(daemon, "controlled at"), daemon, control);
      daemon = prepared(daemon, images, work, control);
      try (Copy copy = Copy.start(victim, images, work)) {
        daemon = goOnUnless(says(daemon, "restore \\d+: COMPLETE"), daemon, control);
        copy.awaitUnharmed(Budget.ofSeconds(30));
        daemon = ended(daemon, control);
      }
    } catch (AssertionError e) {
      throw new AssertionError(death + "\n" + e.getMessage() + "\n" + daemon.output(), e);
    } finally {
      daemon.close();
    }
    Leftovers.awaitOnlyTheRigs(work);
    assertThat(control).isDirectoryNotContaining(path -> !path.endsWith("resident.log"));
    return death.steps();
  }

  /** Nobody is asked: a request to a daemon that is dead waits for the next one. */
  private static boolean says(ResidentDaemonRig daemon, String regex) {
    Pattern text = Pattern.compile(regex);
    Budget.ofSeconds(30)
        .await(
            "it says \"" + text + "\" or dies",
            () -> text.matcher(daemon.output()).find() || !daemon.isAlive(),
            daemon::output);
    return daemon.isAlive();
  }

  private static ResidentDaemonRig goOnUnless(
      boolean lives, ResidentDaemonRig daemon, Path control) {
    return lives ? daemon : ResidentDaemonRig.start(control);
  }

  private static ResidentDaemonRig prepared(
      ResidentDaemonRig daemon, Path images, Path work, Path control) {
    CompletableFuture<Void> request =
        CompletableFuture.runAsync(() -> daemon.prepare(images, work));
    Budget.ofSeconds(20)
        .await("it is prepared", () -> request.isDone() || !daemon.isAlive(), daemon::output);
    if (daemon.isAlive()) {
      return daemon;
    }
    ResidentDaemonRig next = ResidentDaemonRig.start(control);
    if (next.report().restores().isEmpty()) {
      next.prepare(images, work);
    }
    return next;
  }

  private static ResidentDaemonRig ended(ResidentDaemonRig daemon, Path control) {
    if (daemon.isAlive()) {
      daemon.terminate();
    }
    if (daemon.awaitExit(Budget.ofSeconds(20)) != KILLED) {
      return daemon;
    }
    ResidentDaemonRig next = ResidentDaemonRig.start(control);
    next.awaitIdle(Budget.ofSeconds(20));
    next.terminate();
    assertThat(next.ends(Budget.ofSeconds(20))).as(next.output()).isTrue();
    return next;
  }

  @AfterAll
  static void noKeeperIsLeft() {
    Keepers.awaitNone();
  }
}
