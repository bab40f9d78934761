package io.criulazy.client.session;

import io.criulazy.client.FailureText;
import io.criulazy.client.journal.DaemonJournal;
import io.criulazy.client.sys.FileDescriptor;
import io.criulazy.client.sys.Keeper;
import io.criulazy.client.sys.RunningProcess;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a resident daemon has and does, but for what others ask it through: lazy restores, their
 * metrics, and the end of both.
 *
 * <p>SIGTERM ends it when all restores that have begun have their memory; a second one leaves the
 * processes to the keeper.
 */
public final class ResidentService implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ResidentService.class);

  private final Termination termination;
  private final CountDownLatch endRequested = new CountDownLatch(1);

  private final DaemonJournal journal;

  /** Not closed when this program fails: it then holds what there is to hold. */
  private final Keeper keeper;

  private final Restores restores;
  private final Optional<SessionMetrics> metrics;

  /**
   * Goes on with what a daemon before this one was killed over, and warms the fault path up.
   *
   * @param control where the daemon will be controlled: what was killed there is resumed
   * @param metricsAddress where metrics are served, if they are
   * @throws IOException if userfaultfd can't be used, or the address can't be had
   */
  public ResidentService(Path control, Optional<InetSocketAddress> metricsAddress)
      throws IOException {
    LOG.debug("limit of open files: {}", FileDescriptor.raiseLimit());
    journal = DaemonJournal.open(control);
    keeper = Keeper.start();
    RunningProcess kept = RunningProcess.of(keeper.pid());
    restores = new Restores(kept, journal);
    journal.addKeeper(kept);
    if (!new ResidentResumption(journal, restores).run(kept)) {
      WarmUp.run(); // else real faults do it, and whoever waits for the control socket waits less
    }
    metrics =
        metricsAddress.isPresent()
            ? Optional.of(
                new SessionMetrics(
                    metricsAddress.get(),
                    restores.sessions(),
                    restores.statisticsBySource(),
                    restores.sourceStatistics()))
            : Optional.empty();
    // The last thing: what fails before must not be held by a hook that waits for its end.
    termination =
        new Termination(
            "Processes that miss pages wait, held by the keeper. Start the daemon again with"
                + " --control "
                + control
                + ": it goes on with them.");
    termination.ask(endRequested::countDown);
  }

  /** Its restores. */
  public Restores restores() {
    return restores;
  }

  /** Where what else runs in this process registers its meters. */
  public MeterRegistry meters() {
    return metrics.map(SessionMetrics::registry).orElseGet(SimpleMeterRegistry::new);
  }

  /** Returns when the end was asked for and no restore needs anything more. */
  public void awaitEnd() {
    try {
      endRequested.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    restores.finish();
    keeper.close();
    try {
      journal.end();
    } catch (IOException e) {
      LOG.warn("the daemon's journal is left: {}", FailureText.of(e));
    }
  }

  /** Lets the JVM end. */
  @Override
  public void close() {
    metrics.ifPresent(SessionMetrics::close);
    termination.done();
  }
}
