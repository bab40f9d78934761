package io.criulazy.client.control;

import io.criulazy.client.fault.LostPages;
import io.criulazy.client.session.ResidentService;
import io.criulazy.daemon.http.HttpEndpoint;
import io.criulazy.daemon.unix.PeerList;
import io.criulazy.daemon.unix.UnixSocket;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What {@code criu-lazy daemon} does: serves lazy restores that are prepared over its control
 * socket, metrics, and pages to other hosts, until SIGTERM.
 */
public final class ResidentDaemon {
  private static final Logger LOG = LoggerFactory.getLogger(ResidentDaemon.class);

  private final ResidentDaemonOptions options;
  private final ReadyHook onReady;

  /** Tells whoever waits that the daemon may be used. */
  @FunctionalInterface
  public interface ReadyHook {
    /**
     * @throws IOException if nobody can be told
     */
    void ready() throws IOException;
  }

  /**
   * @param onReady run once, on the calling thread; an exception from it ends the daemon
   */
  public ResidentDaemon(ResidentDaemonOptions options, ReadyHook onReady) {
    this.options = options;
    this.onReady = onReady;
  }

  /**
   * Serves until SIGTERM, and then until each restore that has begun has all of its memory.
   *
   * @throws IOException if it can't begin: no such address or images, no userfaultfd
   */
  public void run() throws IOException {
    LostPages.requirePossible(options.onLostPage());
    try (ResidentService service =
        new ResidentService(options.control(), options.metricsAddress())) {
      if (options.pages().isPresent()) {
        try (ServedPages pages = ServedPages.start(options.pages().get(), service.meters())) {
          serve(service);
          LOG.debug("{} ends", pages);
        }
      } else {
        serve(service);
      }
    }
  }

  private void serve(ResidentService service) throws IOException {
    UnixSocket socket = new UnixSocket(options.control(), PeerList.NOBODY_ELSE);
    try (HttpEndpoint control =
        HttpEndpoint.unix(
            "control", socket, new ControlApi(service.restores(), options.onLostPage()))) {
      LOG.info("controlled at {}", control.address());
      onReady.ready();
      service.awaitEnd();
    }
  }
}
