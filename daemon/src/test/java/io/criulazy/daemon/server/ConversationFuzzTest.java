package io.criulazy.daemon.server;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.util.Arrays;

/**
 * Any bytes as what a client says: in our protocol, in criu's to a server of images, or in criu's
 * to one that receives a dump, as the first byte says. One target for all: each takes a JVM.
 */
class ConversationFuzzTest {
  @FuzzTest(maxDuration = "9s")
  void conversation(byte[] bytes) throws IOException {
    byte[] said = Arrays.copyOfRange(bytes, Math.min(1, bytes.length), bytes.length);
    switch (bytes.length == 0 ? 0 : bytes[0] & 3) {
      case 0, 1 -> FuzzedWire.check(said);
      case 2 -> FuzzedRestore.check(said);
      default -> FuzzedDump.check(said);
    }
  }
}
