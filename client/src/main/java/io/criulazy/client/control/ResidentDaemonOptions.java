package io.criulazy.client.control;

import io.criulazy.client.fault.LostPagePolicy;
import io.criulazy.daemon.server.TlsSettings;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;

/**
 * What a resident daemon is told.
 *
 * @param control where its control socket is made
 * @param onLostPage what becomes of a process whose pages can't be had, unless its request says
 * @param metricsAddress where metrics are served, if they are
 * @param pageServer what it serves to other hosts, if it does
 */
public record ResidentDaemonOptions(
    Path control,
    LostPagePolicy onLostPage,
    Optional<InetSocketAddress> metricsAddress,
    Optional<Pages> pageServer) {

  /**
   * A page server.
   *
   * @param imagesDir whose pages it serves
   * @param address where it listens
   * @param tls if connections are to be encrypted
   */
  public record Pages(Path imagesDir, InetSocketAddress address, Optional<TlsSettings> tls) {
    public Pages {
      Objects.requireNonNull(imagesDir);
      Objects.requireNonNull(address);
      Objects.requireNonNull(tls);
    }
  }

  public ResidentDaemonOptions {
    Objects.requireNonNull(control);
    Objects.requireNonNull(onLostPage);
    Objects.requireNonNull(metricsAddress);
    Objects.requireNonNull(pageServer);
  }
}
