package io.criulazy.client.source;

import io.criulazy.proto.pageserver.HeaderLayout;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** criu's protocol, in its narrow headers. */
class CriuSourceTest extends ServedSourceContract {
  private CriuFetcher fetcher;

  HeaderLayout layout() {
    return HeaderLayout.NARROW;
  }

  @Override
  PageSource open() throws IOException {
    List<ServerAddress> servers = List.of(ServerAddress.tcp("127.0.0.1", serve()));
    RemoteOptions options =
        new RemoteOptions(servers, Optional.empty(), "", 0, false, true, Duration.ZERO, scratch);
    ServerStream stream = ServerStream.open(servers.get(0), Optional.empty());
    Reconnection reconnection = Reconnection.from(0, options);
    fetcher =
        new CriuFetcher(
            reconnection, layout(), stream, scratch, new SourceStatistics(), Duration.ZERO);
    Staging staging = new Staging(16 << 20);
    StagedSource source =
        new StagedSource(
            TASK, images.index(TASK), staging, fetcher, urgency -> arrivals.incrementAndGet());
    fetcher.add(source);
    return source;
  }

  @Override
  void closeAll() throws IOException {
    fetcher.close();
    super.closeAll();
  }
}
