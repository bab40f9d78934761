package io.criulazy.client.session;

import io.criulazy.client.source.ClientTls;
import io.criulazy.client.source.ServerAddress;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Where pages are if they are not here.
 *
 * @param servers at least one; all have the same images
 * @param tls if the connections are to be encrypted
 * @param imageSet by which name the servers know the images; empty: their only ones
 * @param compressed whether what nobody waits for is to come compressed, if the servers can
 * @param timeout how long pages may be asked for in vain until they count as lost; zero: for ever
 */
public record RemoteImages(
    List<ServerAddress> servers,
    Optional<ClientTls> tls,
    String imageSet,
    boolean compressed,
    Duration timeout) {
  public RemoteImages {
    servers = List.copyOf(servers);
    Objects.requireNonNull(tls);
    Objects.requireNonNull(imageSet);
    Objects.requireNonNull(timeout);
  }
}
