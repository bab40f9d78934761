package io.criulazy.daemon.server;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.JdkSslContext;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.CertStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.Optional;
import javax.net.ssl.CertPathTrustManagerParameters;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * TLS as criu makes it: both sides show certificates, TLS 1.2 or 1.3, from the connection's first
 * byte on. Immutable.
 */
final class TlsContext {
  private static final String X509 = "X.509";

  /**
   * Compares as "HTTPS" does; for that, newer JDKs blame the server when a client's name is wrong.
   */
  private static final String NAME_CHECK = "LDAPS";

  /**
   * Longer than the 7 days that TLS 1.3 allows for tickets, so that the JDK sends none: behind a
   * ticket criu's client takes the one byte that it waits for as missing, and gives up.
   */
  private static final long NO_TICKETS_SECONDS = Duration.ofDays(8).toSeconds();

  private final SslContext context;
  private final Optional<String> peerName;

  private TlsContext(SslContext context, Optional<String> peerName) {
    this.context = context;
    this.peerName = peerName;
  }

  /** Reads the files. */
  static TlsContext of(TlsSettings settings) throws IOException {
    return new TlsContext(build(settings, true), settings.peerName());
  }

  /** The same for a client that uses the JDK's own sockets. */
  static SSLContext ofClient(TlsSettings settings) throws IOException {
    return ((JdkSslContext) build(settings, false)).context();
  }

  private static SslContext build(TlsSettings settings, boolean server) throws IOException {
    for (Path file : new Path[] {settings.certificate(), settings.key()}) {
      if (!Files.isReadable(file)) {
        throw new IOException(
            file + ": cannot be read; give our own with --tls-cert and --tls-key");
      }
    }
    try {
      X509Certificate[] chain =
          certificates(settings.certificate()).toArray(X509Certificate[]::new);
      PrivateKey key = PrivateKeyFile.read(settings.key());
      SslContextBuilder builder =
          server
              ? SslContextBuilder.forServer(key, chain)
                  .trustManager(new DiscreetTrust(judge(trust(settings))))
                  .clientAuth(ClientAuth.REQUIRE)
                  .sessionTimeout(NO_TICKETS_SECONDS)
              : SslContextBuilder.forClient().keyManager(key, chain).trustManager(trust(settings));
      return builder.sslProvider(SslProvider.JDK).build();
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      throw new IOException(
          "cannot set up TLS with %s and %s: %s; they have to be PEM and belong together"
              .formatted(settings.certificate(), settings.key(), e.getMessage()),
          e);
    }
  }

  private static X509ExtendedTrustManager judge(TrustManagerFactory factory)
      throws GeneralSecurityException {
    return Arrays.stream(factory.getTrustManagers())
        .filter(X509ExtendedTrustManager.class::isInstance)
        .map(X509ExtendedTrustManager.class::cast)
        .findFirst()
        .orElseThrow(() -> new GeneralSecurityException("this JDK can't check certificates"));
  }

  private static TrustManagerFactory trust(TlsSettings settings)
      throws IOException, GeneralSecurityException {
    TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
    if (settings.authorities().isEmpty()) {
      factory.init((KeyStore) null);
      return factory;
    }
    KeyStore authorities = KeyStore.getInstance("PKCS12");
    authorities.load(null, null);
    int count = 0;
    for (Certificate certificate : certificates(settings.authorities().get())) {
      authorities.setCertificateEntry("authority-" + count++, certificate);
    }
    PKIXBuilderParameters parameters =
        new PKIXBuilderParameters(authorities, new X509CertSelector());
    parameters.setRevocationEnabled(settings.revoked().isPresent());
    if (settings.revoked().isPresent()) {
      parameters.addCertStore(revoked(settings.revoked().get()));
    }
    factory.init(new CertPathTrustManagerParameters(parameters));
    return factory;
  }

  private static Collection<? extends Certificate> certificates(Path file)
      throws IOException, GeneralSecurityException {
    try (InputStream in = Files.newInputStream(file)) {
      Collection<? extends Certificate> all =
          CertificateFactory.getInstance(X509).generateCertificates(in);
      if (all.isEmpty()) {
        throw new IOException(file + ": no certificate in it; it has to be PEM");
      }
      return all;
    }
  }

  private static CertStore revoked(Path file) throws IOException, GeneralSecurityException {
    try (InputStream in = Files.newInputStream(file)) {
      return CertStore.getInstance(
          "Collection",
          new CollectionCertStoreParameters(CertificateFactory.getInstance(X509).generateCRLs(in)));
    }
  }

  /**
   * A connection's. Each buffer written becomes records of its own: criu waits on its socket for
   * each record, and would not see that there is more behind the end of what it has asked for.
   */
  SslHandler newHandler(ByteBufAllocator allocator) {
    SSLEngine engine =
        peerName.isPresent()
            ? context.newEngine(allocator, peerName.get(), -1)
            : context.newEngine(allocator);
    if (peerName.isPresent()) {
      SSLParameters parameters = engine.getSSLParameters();
      parameters.setEndpointIdentificationAlgorithm(NAME_CHECK);
      engine.setSSLParameters(parameters);
    }
    SslHandler handler = new SslHandler(engine);
    handler.setWrapDataSize(0);
    return handler;
  }
}
