package io.criulazy.client.source;

import io.criulazy.daemon.store.ImageIdentity;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Our protocol over TCP. */
class WireSourceTest extends ServedSourceContract {
  private RemotePages pages;

  @Override
  PageSource open() throws IOException {
    pages =
        RemotePages.connect(
            options(serve()), new SourceStatistics(), RemotePages.BRIEFLY, isMapping());
    pages.onArrival(urgency -> arrivals.incrementAndGet());
    return pages.source(TASK, images.index(TASK));
  }

  RemoteOptions options(int port) throws IOException {
    return new RemoteOptions(
        List.of(server(port)),
        Optional.empty(),
        "",
        ImageIdentity.of(images),
        isCompressed(),
        isMapping(),
        Duration.ZERO,
        scratch);
  }

  /** Whether files that the server hands over are mapped. */
  boolean isMapping() {
    return false;
  }

  boolean isCompressed() {
    return false;
  }

  ServerAddress server(int port) {
    return ServerAddress.tcp("127.0.0.1", port);
  }

  @Override
  void closeAll() throws IOException {
    pages.close();
    super.closeAll();
  }
}
