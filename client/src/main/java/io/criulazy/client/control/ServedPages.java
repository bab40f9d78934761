package io.criulazy.client.control;

import io.criulazy.daemon.server.CriuProtocol;
import io.criulazy.daemon.server.ImageCatalog;
import io.criulazy.daemon.server.ImageRoots;
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
import io.netty.channel.unix.DomainSocketAddress;
import java.io.IOException;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The page servers of a resident daemon: over TCP, on a unix socket, or both. */
public final class ServedPages implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ServedPages.class);

  private final ServedPagesOptions options;
  private final MeterRegistry meters;
  private final List<PageServer> servers = new ArrayList<>();
  private ImageSet images;

  private ServedPages(ServedPagesOptions options, MeterRegistry meters) {
    this.options = options;
    this.meters = meters;
  }

  /**
   * Begins to serve.
   *
   * @param meters get the servers'
   * @throws IOException if there are no such images, or no such addresses
   */
  public static ServedPages start(ServedPagesOptions options, MeterRegistry meters)
      throws IOException {
    ServedPages pages = new ServedPages(options, meters);
    try {
      pages.start();
      return pages;
    } catch (IOException | RuntimeException e) {
      pages.close();
      throw e;
    }
  }

  private void start() throws IOException {
    List<PageProtocol> protocols = protocols();
    if (options.address().isPresent()) {
      PageServerOptions plain =
          of(options.address().get(), protocols)
              .withPeers(options.peers())
              .withShortCircuit(options.shortCircuit());
      start(options.tls().map(plain::withTls).orElse(plain));
    }
    if (options.socket().isPresent()) {
      SocketAddress socket = new DomainSocketAddress(options.socket().get().toString());
      start(of(socket, protocols).withPeers(options.peers()));
    }
  }

  private PageServerOptions of(SocketAddress address, List<PageProtocol> protocols) {
    return PageServerOptions.of(address, protocols, meters);
  }

  private void start(PageServerOptions server) throws IOException {
    servers.add(PageServer.start(server));
  }

  private List<PageProtocol> protocols() throws IOException {
    Duration stallLimit = PageServerOptions.DEFAULT_STALL_LIMIT;
    Optional<ImageCatalog> unnamed = Optional.empty();
    List<PageProtocol> protocols = new ArrayList<>();
    if (options.imagesDir().isPresent()) {
      images = ImageStore.open(options.imagesDir().get());
      ServedImages served = ServedImages.of(images);
      if (options.tls().isEmpty()) {
        ServerWarmUp.run(served);
      }
      unnamed = Optional.of(new OneImageSet(served));
      protocols.add(CriuProtocol.serving(served, stallLimit, complete -> {}, meters));
      LOG.info("the pages of {} are served", images.directory());
    }
    ImageCatalog catalog =
        options.roots().isEmpty() ? unnamed.get() : new ImageRoots(options.roots(), unnamed);
    protocols.add(new WireProtocol(catalog, options.plainAnywhere(), stallLimit, meters));
    return protocols;
  }

  /** Stops listening, cuts all connections and closes the images. */
  @Override
  public void close() throws IOException {
    servers.forEach(PageServer::close);
    if (images != null) {
      images.close();
    }
  }
}
