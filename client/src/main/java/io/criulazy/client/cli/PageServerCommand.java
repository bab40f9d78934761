package io.criulazy.client.cli;

import io.criulazy.client.session.PageService;
import io.criulazy.daemon.server.TlsSettings;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Optional;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;

/**
 * {@code criu-lazy page-server}: stands in for {@code criu page-server}.
 *
 * <p>Picocli only knows that it exists; its command line is read as criu's is.
 */
@Command(
    name = PageServerCommand.NAME,
    header = "Serves the pages of images to many restores, or receives a dump, over TCP.")
final class PageServerCommand implements DropInCommand {

  static final String NAME = "page-server";

  private static final HelpPage HELP =
      new HelpPage(
          """
          Usage: criu-lazy page-server -D DIR [--lazy-pages] --address ADDR --port PORT [OPTIONS]

          With --lazy-pages: serves the pages of the images in DIR to any number of
          `criu lazy-pages --page-server`, each page as often as it is asked for.
          Without: receives what `criu dump --page-server` or `criu pre-dump --page-server` sends;
          images appear in DIR when the dump is complete, or not at all.
          Other options of criu's are accepted and ignored, with a warning.

          Options:
          """,
          PageServerCommandLine.DECLARED,
          """

          Examples:
            criu-lazy page-server -D img --lazy-pages --address 10.0.0.1 --port 27 &
            criu lazy-pages -D img --page-server --address 10.0.0.1 --port 27      on the other host

            criu-lazy page-server -D img --port 27 &
            criu dump -t PID -D meta --page-server --address 10.0.0.1 --port 27    on the other host
          """);

  private final PageServerCommandLine options;
  private final CriuOptions criu;

  PageServerCommand(CriuArguments arguments) throws UsageException {
    this.options = PageServerCommandLine.of(arguments.options());
    this.criu = options.criu();
  }

  @Override
  public HelpPage help() {
    return HELP;
  }

  @Override
  public CriuOptions criu() {
    return criu;
  }

  @Override
  public void check() throws CommandException {
    options.network().refuseInheritedConnection();
  }

  @Override
  public int serve() throws Exception {
    SocketAddress address = options.network().listenAddress();
    PageService service =
        new PageService(
            address,
            tls(),
            options.isPlainAnywhere(),
            options.isShortCircuit(),
            options.isOnce(),
            this::ready);
    boolean done =
        options.isServing()
            ? service.serve(criu.imagesDir())
            : service.receive(criu.imagesDir(), options.previousImages());
    return done ? 0 : 1;
  }

  private Optional<TlsSettings> tls() {
    NetworkOptions network = options.network();
    return network.isTls()
        ? Optional.of(
            new TlsSettings(
                network.certificate(),
                network.key(),
                network.authorities(),
                network.revoked(),
                network.peerName()))
        : Optional.empty();
  }

  private void ready(SocketAddress address) throws IOException {
    String port =
        address instanceof InetSocketAddress tcp ? "Using " + tcp.getPort() + " port" : null;
    if (port != null) {
      LoggerFactory.getLogger(PageServerCommand.class).info("{}", port);
    }
    if (port != null && !Detached.isDaemon() && options.network().isPortFree()) {
      System.out.println(port);
    }
    new Readiness(criu.statusFd()).announce();
  }
}
