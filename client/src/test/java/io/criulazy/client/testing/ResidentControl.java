package io.criulazy.client.testing;

import io.criulazy.client.control.ControlClient;
import io.criulazy.client.control.DaemonReport;
import io.criulazy.client.source.RemoteImages;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Supplier;

/** What a test asks a resident daemon; what it refuses fails the test with all that it has said. */
final class ResidentControl implements AutoCloseable {
  private final ControlClient client;
  private final Supplier<String> output;

  /**
   * @param socket of its control API
   * @param output what it has said so far
   */
  ResidentControl(Path socket, Supplier<String> output) {
    this.client = new ControlClient(socket);
    this.output = output;
  }

  /** Waits until restores can be prepared. */
  void awaitServing(Budget budget) {
    budget.await("the daemon is up", this::answers, output);
  }

  boolean answers() {
    try {
      return client.report().state().equals("serving");
    } catch (IOException e) {
      return false;
    }
  }

  void prepare(Path images, Path work, Optional<RemoteImages> remote) {
    try {
      tryPrepare(images, work, remote);
    } catch (IOException e) {
      throw new UncheckedIOException(output.get(), e);
    }
  }

  void tryPrepare(Path images, Path work, Optional<RemoteImages> remote) throws IOException {
    client.prepare(images, work, Optional.empty(), remote);
  }

  DaemonReport report() {
    try {
      return client.report();
    } catch (IOException e) {
      throw new UncheckedIOException(output.get(), e);
    }
  }

  @Override
  public void close() {
    client.close();
  }
}
