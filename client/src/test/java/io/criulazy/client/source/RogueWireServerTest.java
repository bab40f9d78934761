package io.criulazy.client.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.criulazy.client.source.RogueWireServer.Manner;
import io.criulazy.client.testing.Budget;
import io.criulazy.daemon.store.ImageSet;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Servers that do wrong, in our protocol. */
class RogueWireServerTest extends RogueServerContract<Manner> {
  private static final Duration TIMEOUT = Duration.ofMillis(400);

  @Override
  RogueServer<Manner> server(ImageSet images) throws IOException {
    return new RogueWireServer(images);
  }

  @ParameterizedTest
  @EnumSource(
      mode = EnumSource.Mode.EXCLUDE,
      names = {"HONEST", "SILENT"})
  void nothingWrongIsUsedAndTheServerIsAskedAgain(Manner manner) throws IOException {
    isAskedAgain(manner, false);
  }

  @ParameterizedTest
  @EnumSource(
      mode = EnumSource.Mode.EXCLUDE,
      names = {"HONEST", "SILENT", "LATE"})
  void aReplicaIsAskedInstead(Manner manner) throws IOException {
    theOtherIsAsked(manner);
  }

  @Test
  void theTimeoutRunsFromWhenAPageIsNeededUntilOneComes() throws Exception {
    source = open(TIMEOUT, first());
    never(Manner.SILENT);
    Thread.sleep(2 * TIMEOUT.toMillis());
    source.verifyUnchanged(); // nobody has needed anything

    long askedNs = System.nanoTime();
    long address = images.index(TASK).start(firstLazy(1));
    source.locate(address, Urgency.FAULT, new PageSpan());
    Budget.ofSeconds(10).await("the pages count as lost", this::isLost, () -> "");
    assertThat(System.nanoTime() - askedNs).isGreaterThanOrEqualTo(TIMEOUT.toNanos());
    assertThatThrownBy(source::verifyUnchanged).hasMessageContaining("--source-timeout");

    first().be(Manner.HONEST, 0);
    first().cut();
    Budget.ofSeconds(10).await("they can be had again", () -> !isLost(), () -> "");
    eachLazyPageIsThatOfTheImageWhoeverAsksForIt();
  }

  private boolean isLost() {
    try {
      source.verifyUnchanged();
      return false;
    } catch (IOException e) {
      return true;
    }
  }
}
