package io.criulazy.client.session;

import io.criulazy.client.fault.LostPagePolicy;
import io.criulazy.client.source.RemoteImages;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;

/**
 * What one lazy restore is told.
 *
 * @param imagesDir absolute; holds the images
 * @param workDir absolute; the socket is made in it
 * @param remote where the pages are if they are not in {@code imagesDir}
 * @param resume whether to go on where an earlier program was killed
 * @param onLostPage what becomes of a process whose pages can't be had
 * @param metricsAddress where metrics are served, if they are
 * @param progress where to show progress, if it is shown
 * @param onReady run once, on the session's thread, when the socket listens and the fault path is
 *     warm; an exception from it ends the session
 */
public record LazyRestoreOptions(
    Path imagesDir,
    Path workDir,
    Optional<RemoteImages> remote,
    boolean resume,
    LostPagePolicy onLostPage,
    Optional<InetSocketAddress> metricsAddress,
    Optional<PrintStream> progress,
    ReadyHook onReady) {

  /** Tells whoever waits that the restore may begin. */
  @FunctionalInterface
  public interface ReadyHook {
    /**
     * @throws java.io.IOException if nobody can be told
     */
    void ready() throws java.io.IOException;
  }

  public LazyRestoreOptions {
    Objects.requireNonNull(imagesDir);
    Objects.requireNonNull(workDir);
    Objects.requireNonNull(remote);
    Objects.requireNonNull(onLostPage);
    Objects.requireNonNull(metricsAddress);
    Objects.requireNonNull(progress);
    Objects.requireNonNull(onReady);
  }

  /** The same, with somebody else to be told. */
  public LazyRestoreOptions withReadyHook(ReadyHook hook) {
    return new LazyRestoreOptions(
        imagesDir, workDir, remote, resume, onLostPage, metricsAddress, progress, hook);
  }
}
