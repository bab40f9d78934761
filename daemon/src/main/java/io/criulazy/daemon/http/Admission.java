package io.criulazy.daemon.http;

import io.netty.channel.Channel;
import java.io.IOException;
import java.util.Optional;

/** Decides whose requests are answered. */
interface Admission {
  Admission EVERYBODY = channel -> Optional.empty();

  /**
   * @return why the requests of this connection are refused, if they are
   */
  Optional<String> refusal(Channel accepted) throws IOException;
}
