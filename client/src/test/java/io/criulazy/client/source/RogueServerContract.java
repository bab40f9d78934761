package io.criulazy.client.source;

import static org.assertj.core.api.Assertions.assertThat;

import io.criulazy.daemon.store.ImageIdentity;
import io.criulazy.daemon.store.ImageSet;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What holds when servers do wrong: no page but the right one is used, and each is got. */
abstract class RogueServerContract<M> extends PageSourceContract {
  private static final int FOR_EVER = Integer.MAX_VALUE;

  private final SourceStatistics statistics = new SourceStatistics();
  private final List<RogueServer<M>> servers = new ArrayList<>();
  private RemotePages pages;

  abstract RogueServer<M> server(ImageSet images) throws IOException;

  @Override
  PageSource open() throws IOException {
    return open(Duration.ZERO, add());
  }

  RogueServer<M> first() {
    return servers.get(0);
  }

  private RogueServer<M> add() throws IOException {
    servers.add(server(images));
    return servers.get(servers.size() - 1);
  }

  /** Begins anew with these servers. */
  PageSource open(Duration timeout, RogueServer<?>... replicas) throws IOException {
    if (pages != null) {
      pages.close();
    }
    List<ServerAddress> addresses = new ArrayList<>();
    for (RogueServer<?> replica : replicas) {
      addresses.add(replica.address());
    }
    RemoteOptions options =
        new RemoteOptions(
            addresses,
            Optional.empty(),
            "",
            ImageIdentity.of(images),
            false,
            true,
            timeout,
            scratch);
    pages = RemotePages.connect(options, statistics, RemotePages.BRIEFLY, false);
    pages.onArrival(urgency -> arrivals.incrementAndGet());
    return pages.source(TASK, images.index(TASK));
  }

  /** A server that does wrong three times is asked again, and what it gives then is right. */
  void isAskedAgain(M manner, boolean allowed) throws IOException {
    first().be(manner, 3);
    eachLazyPageIsThatOfTheImageWhoeverAsksForIt();
    assertThat(first().wrongs()).as("wrongs").isPositive();
    assertThat(statistics.reconnects() > 0).as("connected again").isEqualTo(!allowed);
  }

  /** Of two servers, one never does right. */
  void theOtherIsAsked(M manner) throws IOException {
    RogueServer<M> second = add();
    source = open(Duration.ZERO, first(), second);
    first().be(manner, FOR_EVER);
    eachLazyPageIsThatOfTheImageWhoeverAsksForIt();
    assertThat(first().wrongs()).as("wrongs").isPositive();
  }

  void never(M manner) {
    first().be(manner, FOR_EVER);
  }

  @Override
  void closeAll() throws IOException {
    pages.close();
    for (RogueServer<M> server : servers) {
      server.close();
    }
  }
}
