package io.criulazy.client.source;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Where the pages of a checkpoint are, if they are not here.
 *
 * @param servers at least one; all have the same images
 * @param tls if the connections are to be encrypted
 * @param imageSet by which name the servers know the images; empty: their only ones
 * @param identity of the images here, which the servers' have to have as well
 * @param compressed whether what nobody waits for is to come compressed, if the server can
 * @param shortCircuit whether the files of a server on this host are mapped though its address is
 *     one of TCP
 * @param timeout how long pages may be asked for in vain until they count as lost; zero: for ever
 * @param spool a directory with room for pages that a server gives only once
 */
public record RemoteOptions(
    List<ServerAddress> servers,
    Optional<ClientTls> tls,
    String imageSet,
    long identity,
    boolean compressed,
    boolean shortCircuit,
    Duration timeout,
    Path spool) {
  public RemoteOptions {
    servers = List.copyOf(servers);
    Objects.requireNonNull(tls);
    Objects.requireNonNull(imageSet);
    Objects.requireNonNull(timeout);
    Objects.requireNonNull(spool);
  }
}
