package io.criulazy.client.source;

import java.util.Objects;
import javax.net.ssl.SSLContext;

/**
 * Who we are and whom we trust.
 *
 * @param context with our certificate
 * @param anyName whether the server's certificate need not carry the name that it is called by
 */
public record ClientTls(SSLContext context, boolean anyName) {
  public ClientTls {
    Objects.requireNonNull(context);
  }
}
