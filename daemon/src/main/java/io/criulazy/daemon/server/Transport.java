package io.criulazy.daemon.server;

import io.netty.channel.ChannelPipeline;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.DomainSocketChannel;
import io.netty.handler.ssl.SslHandler;
import java.net.InetSocketAddress;
import java.net.SocketAddress;

/** What a connection runs over. */
final class Transport {
  private Transport() {}

  /** Whether nobody else can read along: TLS, or both ends on this host. */
  static boolean isPrivate(ChannelPipeline pipeline) {
    if (pipeline.get(SslHandler.class) != null || isUnix(pipeline)) {
      return true;
    }
    SocketAddress remote = pipeline.channel().remoteAddress();
    return remote instanceof DomainSocketAddress
        || remote instanceof InetSocketAddress inet && inet.getAddress().isLoopbackAddress();
  }

  /** Whether descriptors can be handed over. */
  static boolean isUnix(ChannelPipeline pipeline) {
    return pipeline.channel() instanceof DomainSocketChannel;
  }
}
