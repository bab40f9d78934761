package io.criulazy.client.source;

import io.criulazy.daemon.store.ImageIdentity;
import io.criulazy.daemon.store.ImageSet;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Where pages are if they are not here, as somebody has said it: nothing is open, and it can be
 * written down.
 *
 * @param servers at least one; all have the same images
 * @param tls if the connections are to be encrypted
 * @param imageSet by which name the servers know the images; empty: their only ones
 * @param compressed whether what nobody waits for is to come compressed, if the servers can
 * @param shortCircuit whether the files of a server on this host are mapped though its address is
 *     one of TCP
 * @param timeout how long pages may be asked for in vain until they count as lost; zero: for ever
 */
public record RemoteImages(
    List<ServerAddress> servers,
    Optional<ClientTlsFiles> tls,
    String imageSet,
    boolean compressed,
    boolean shortCircuit,
    Duration timeout) {
  public RemoteImages {
    servers = List.copyOf(servers);
    Objects.requireNonNull(tls);
    Objects.requireNonNull(imageSet);
    Objects.requireNonNull(timeout);
  }

  /**
   * Connects to the first server that answers.
   *
   * @param images those here, without their pages
   * @param spool a directory with room for pages that a server gives only once
   * @param patience how long servers that can't be reached are tried again
   * @throws IOException if none can serve the images, or a TLS file is missing or damaged
   */
  public RemotePages connect(
      ImageSet images, Path spool, SourceStatistics statistics, Duration patience)
      throws IOException {
    Optional<ClientTls> secured =
        tls.isPresent() ? Optional.of(tls.get().read()) : Optional.empty();
    return RemotePages.connect(
        new RemoteOptions(
            servers,
            secured,
            imageSet,
            ImageIdentity.of(images),
            compressed,
            shortCircuit,
            timeout,
            spool),
        statistics,
        patience);
  }
}
