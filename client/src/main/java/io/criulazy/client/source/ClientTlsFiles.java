package io.criulazy.client.source;

import io.criulazy.daemon.server.TlsSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;

/**
 * The files that say who we are and whom we trust, all PEM.
 *
 * @param certificate our own, with those that signed it behind it
 * @param key its private key, not encrypted
 * @param authorities who may have signed a server's certificate; none: those that the system trusts
 * @param revoked a list of certificates that are not valid any more
 * @param anyName whether the server's certificate need not carry the name that it is called by
 */
public record ClientTlsFiles(
    Path certificate,
    Path key,
    Optional<Path> authorities,
    Optional<Path> revoked,
    boolean anyName) {
  public ClientTlsFiles {
    Objects.requireNonNull(certificate);
    Objects.requireNonNull(key);
    Objects.requireNonNull(authorities);
    Objects.requireNonNull(revoked);
  }

  /**
   * Reads them.
   *
   * @throws IOException if a file is missing or damaged
   */
  public ClientTls read() throws IOException {
    TlsSettings settings =
        new TlsSettings(certificate, key, authorities, revoked, Optional.empty());
    return new ClientTls(settings.forClient(), anyName);
  }
}
