package io.criulazy.client.cli;

import io.criulazy.client.control.ControlClient;
import io.criulazy.client.control.NotCoveredException;
import io.criulazy.client.control.RestoreReport;
import io.criulazy.client.control.RunRequest;
import io.criulazy.client.engine.EngineChoice;
import io.criulazy.client.fault.LostPagePolicy;
import io.criulazy.client.restore.NativeRestore;
import io.criulazy.client.restore.RestoreRequest;
import io.criulazy.client.restore.RestoreResult;
import io.criulazy.client.sys.BareProcess;
import io.criulazy.client.sys.ChildProcess;
import java.io.IOException;
import java.util.Optional;
import java.util.OptionalInt;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A restore that a resident daemon carries out for this command. The tree is made of a child of
 * this process, so that parent, session and control groups are what they are without the daemon.
 */
final class RestoreByDaemon {
  private static final Logger LOG = LoggerFactory.getLogger(RestoreByDaemon.class);

  private final ControlOption control;
  private final EngineChoice choice;

  RestoreByDaemon(ControlOption control, EngineChoice choice) {
    this.control = control;
    this.choice = choice;
  }

  /**
   * Asks the daemon, if there is one.
   *
   * @return nothing if there is none, or it does not cover the tree and another engine may
   * @throws IOException if the restore fails; nothing of the tree is left then
   */
  Optional<RestoreResult> run(RestoreRequest request, Optional<LostPagePolicy> onLostPage)
      throws IOException {
    try (ControlClient daemon = control.daemon()) {
      if (!daemon.isThere()) {
        return Optional.empty();
      }
      return Optional.of(run(daemon, request, onLostPage));
    } catch (NotCoveredException e) {
      if (choice == EngineChoice.NATIVE) {
        throw e;
      }
      LOG.debug("the daemon does not do it: {}", e.getMessage());
      return Optional.empty();
    }
  }

  private RestoreResult run(
      ControlClient daemon, RestoreRequest request, Optional<LostPagePolicy> onLostPage)
      throws IOException {
    int husk = BareProcess.start();
    try {
      RestoreReport report =
          daemon.restore(
              request.imagesDir(),
              request.workDir(),
              onLostPage,
              new RunRequest(
                  OptionalInt.of(husk), request.caller().detached(), request.criuOptions()));
      String reason =
          (choice == EngineChoice.AUTO ? "it covers all of it" : "--engine native")
              + "; done by the daemon at "
              + control.path();
      return new RestoreResult(
          request, report.pid(), NativeRestore.NAME, reason, report.ringProcesses(), -1);
    } finally {
      ChildProcess.end(husk);
    }
  }
}
