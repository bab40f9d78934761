package io.criulazy.daemon.server;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import javax.net.ssl.SSLContext;

/**
 * The files of criu's {@code --tls}, all PEM, and whom a client has to be.
 *
 * @param certificate the server's own, with those that signed it behind it
 * @param key its private key, not encrypted
 * @param authorities who may have signed a client's certificate; none: those that the system trusts
 * @param revoked a list of certificates that are not valid any more
 * @param peerName a name or address that a client's certificate has to carry; none: any
 */
public record TlsSettings(
    Path certificate,
    Path key,
    Optional<Path> authorities,
    Optional<Path> revoked,
    Optional<String> peerName) {
  public TlsSettings {
    Objects.requireNonNull(certificate);
    Objects.requireNonNull(key);
    Objects.requireNonNull(authorities);
    Objects.requireNonNull(revoked);
    Objects.requireNonNull(peerName);
  }

  /**
   * What a client needs that has these files.
   *
   * @throws IOException if a file is missing or is not what it has to be
   */
  public SSLContext forClient() throws IOException {
    return TlsContext.ofClient(this);
  }
}
