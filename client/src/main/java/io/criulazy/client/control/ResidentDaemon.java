package io.criulazy.client.control;

import io.criulazy.client.fault.LostPages;
import io.criulazy.client.session.ResidentService;
import io.criulazy.daemon.http.ControlSocket;
import io.criulazy.daemon.http.HttpEndpoint;
import io.criulazy.daemon.server.CriuProtocol;
import io.criulazy.daemon.server.CriuSessions;
import io.criulazy.daemon.server.OneImageSet;
import io.criulazy.daemon.server.PageProtocol;
import io.criulazy.daemon.server.PageServer;
import io.criulazy.daemon.server.PageServerOptions;
import io.criulazy.daemon.server.ServedImages;
import io.criulazy.daemon.server.ServerWarmUp;
import io.criulazy.daemon.server.WireProtocol;
import io.criulazy.daemon.store.ImageSet;
import io.criulazy.daemon.store.ImageStore;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
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
    try (ResidentService service = new ResidentService(options.metricsAddress())) {
      if (options.pageServer().isPresent()) {
        ResidentDaemonOptions.Pages pages = options.pageServer().get();
        try (ImageSet images = ImageStore.open(pages.imagesDir());
            PageServer server = start(pages, images, service.meters())) {
          LOG.info("the pages of {} are served at {}", images.directory(), server.address());
          serve(service);
        }
      } else {
        serve(service);
      }
    }
  }

  private static PageServer start(
      ResidentDaemonOptions.Pages pages, ImageSet images, MeterRegistry meters) throws IOException {
    ServedImages served = ServedImages.of(images);
    if (pages.tls().isEmpty()) {
      ServerWarmUp.run(served);
    }
    Duration stallLimit = PageServerOptions.DEFAULT_STALL_LIMIT;
    CriuSessions manyTimes = complete -> {};
    List<PageProtocol> protocols =
        List.of(
            new WireProtocol(new OneImageSet(served), false, stallLimit, meters),
            CriuProtocol.serving(served, stallLimit, manyTimes, meters));
    PageServerOptions plain = PageServerOptions.of(pages.address(), protocols, meters);
    return PageServer.start(pages.tls().map(plain::withTls).orElse(plain));
  }

  private void serve(ResidentService service) throws IOException {
    ControlSocket socket = new ControlSocket(options.control());
    try (HttpEndpoint control =
        HttpEndpoint.unix(
            "control", socket, new ControlApi(service.restores(), options.onLostPage()))) {
      LOG.info("controlled at {}", control.address());
      onReady.ready();
      service.awaitEnd();
    }
  }
}
