package io.criulazy.daemon.server;

import io.netty.channel.ChannelPipeline;
import io.netty.channel.unix.DomainSocketChannel;
import io.netty.handler.ssl.SslHandler;
import java.net.InetSocketAddress;
import java.util.Optional;

/** What a connection runs over. */
final class Transport {
  private static final String TLS = "TLSv1.3";

  private Transport() {}

  /**
   * Why our own protocol is not spoken over a connection, if it is not: criu's clients may come
   * with what their gnutls can do, ours have TLS 1.3, or both ends are on this host.
   *
   * @param plainAnywhere whether connections of other hosts may do without TLS
   */
  static Optional<String> weakness(ChannelPipeline pipeline, boolean plainAnywhere) {
    SslHandler tls = pipeline.get(SslHandler.class);
    if (tls != null) {
      String version = tls.engine().getSession().getProtocol();
      return version.equals(TLS)
          ? Optional.empty()
          : Optional.of("this protocol is spoken over TLS 1.3 only, and the client has " + version);
    }
    return isUnix(pipeline) || plainAnywhere || isLoopback(pipeline)
        ? Optional.empty()
        : Optional.of("this server serves other hosts over TLS only; start it with --tls");
  }

  private static boolean isLoopback(ChannelPipeline pipeline) {
    return pipeline.channel().remoteAddress() instanceof InetSocketAddress remote
        && remote.getAddress().isLoopbackAddress();
  }

  /** Whether descriptors can be handed over. */
  static boolean isUnix(ChannelPipeline pipeline) {
    return pipeline.channel() instanceof DomainSocketChannel;
  }
}
