package io.criulazy.client.control;

import io.criulazy.client.fault.LostPagePolicy;
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
 * @param pages what it serves to other hosts, if it does
 */
public record ResidentDaemonOptions(
    Path control,
    LostPagePolicy onLostPage,
    Optional<InetSocketAddress> metricsAddress,
    Optional<ServedPagesOptions> pages) {
  public ResidentDaemonOptions {
    Objects.requireNonNull(control);
    Objects.requireNonNull(onLostPage);
    Objects.requireNonNull(metricsAddress);
    Objects.requireNonNull(pages);
  }
}
