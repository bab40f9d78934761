package io.criulazy.client.source;

import java.util.Objects;
import java.util.Optional;
import javax.net.ssl.SSLContext;

/**
 * Who we are and whom we trust.
 *
 * @param context with our certificate
 * @param peerName what the server's certificate has to carry; none: anything that is trusted
 */
public record ClientTls(SSLContext context, Optional<String> peerName) {
  public ClientTls {
    Objects.requireNonNull(context);
    Objects.requireNonNull(peerName);
  }
}
