package io.criulazy.client.session;

import io.criulazy.daemon.receive.DumpDirectory;
import io.criulazy.daemon.server.CriuProtocol;
import io.criulazy.daemon.server.CriuSessions;
import io.criulazy.daemon.server.OneImageSet;
import io.criulazy.daemon.server.PageProtocol;
import io.criulazy.daemon.server.PageServer;
import io.criulazy.daemon.server.PageServerOptions;
import io.criulazy.daemon.server.ServedImages;
import io.criulazy.daemon.server.ServerWarmUp;
import io.criulazy.daemon.server.TlsSettings;
import io.criulazy.daemon.server.WireProtocol;
import io.criulazy.daemon.store.ImageSet;
import io.criulazy.daemon.store.ImageStore;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * What {@code criu-lazy page-server} does: runs one page server for one image directory until its
 * client is done, or until SIGTERM.
 */
public final class PageService {
  private final SocketAddress address;
  private final Optional<TlsSettings> tls;
  private final boolean plainAnywhere;
  private final boolean shortCircuit;
  private final boolean once;
  private final ReadyHook onReady;
  private final MeterRegistry meters = new SimpleMeterRegistry();
  private final CompletableFuture<Boolean> end = new CompletableFuture<>();

  /** Tells whoever waits that clients may come. */
  @FunctionalInterface
  public interface ReadyHook {
    /**
     * @param address where the server listens
     * @throws IOException if nobody can be told
     */
    void ready(SocketAddress address) throws IOException;
  }

  /**
   * @param address where to listen
   * @param tls if connections are to be encrypted
   * @param plainAnywhere whether our own clients of other hosts are served without TLS
   * @param shortCircuit whether our own clients of this host get the files
   * @param once whether the end of the first client is the end
   * @param onReady run once, on the calling thread; an exception from it ends the service
   */
  public PageService(
      SocketAddress address,
      Optional<TlsSettings> tls,
      boolean plainAnywhere,
      boolean shortCircuit,
      boolean once,
      ReadyHook onReady) {
    this.address = address;
    this.tls = tls;
    this.plainAnywhere = plainAnywhere;
    this.shortCircuit = shortCircuit;
    this.once = once;
    this.onReady = onReady;
  }

  /**
   * Serves images to restores.
   *
   * @return whether the client was done when it went; true after SIGTERM
   * @throws IOException if it can't begin: no such images, or no such address
   */
  public boolean serve(Path directory) throws IOException {
    try (ImageSet images = ImageStore.open(directory)) {
      ServedImages served = ServedImages.of(images);
      if (tls.isEmpty()) {
        ServerWarmUp.run(served);
      }
      Duration stallLimit = PageServerOptions.DEFAULT_STALL_LIMIT;
      return run(
          new WireProtocol(new OneImageSet(served), plainAnywhere, stallLimit, meters),
          CriuProtocol.serving(served, stallLimit, sessions(), meters));
    }
  }

  /**
   * Receives dumps.
   *
   * @param previous the images before, relative to {@code directory}, if they are not linked yet
   * @return whether the dump was complete when the client went; true after SIGTERM
   * @throws IOException if it can't begin: no such directory, or no such address
   */
  public boolean receive(Path directory, Optional<Path> previous) throws IOException {
    DumpDirectory target = DumpDirectory.open(directory, previous);
    return run(
        CriuProtocol.receiving(target, PageServerOptions.DEFAULT_STALL_LIMIT, sessions(), meters));
  }

  private CriuSessions sessions() {
    return complete -> {
      if (once) {
        end.complete(complete);
      }
    };
  }

  private boolean run(PageProtocol... protocols) throws IOException {
    PageServerOptions options =
        PageServerOptions.of(address, List.of(protocols), meters).withShortCircuit(shortCircuit);
    Termination termination = new Termination("Its clients ask again when it is started again.");
    termination.ask(() -> end.complete(true));
    try (PageServer server =
        PageServer.start(tls.isPresent() ? options.withTls(tls.get()) : options)) {
      onReady.ready(server.address());
      return end.join();
    } finally {
      termination.done();
    }
  }
}
