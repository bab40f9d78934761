package io.criulazy.client.source;

import io.criulazy.client.source.RogueCriuServer.Manner;
import io.criulazy.daemon.store.ImageSet;
import java.io.IOException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Servers that do wrong, in criu's protocol. */
class RogueCriuServerTest extends RogueServerContract<Manner> {
  @Override
  RogueServer<Manner> server(ImageSet images) throws IOException {
    return new RogueCriuServer(images);
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "HONEST")
  void nothingWrongIsUsedAndTheServerIsAskedAgain(Manner manner) throws IOException {
    isAskedAgain(manner, manner == Manner.SHORT);
  }

  @ParameterizedTest
  @EnumSource(
      mode = EnumSource.Mode.EXCLUDE,
      names = {"HONEST", "SHORT", "LATE"})
  void aReplicaIsAskedInstead(Manner manner) throws IOException {
    theOtherIsAsked(manner);
  }
}
