package io.criulazy.client.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** A client of a redis-server, over its unix socket. */
public final class RedisClient implements AutoCloseable {
  private final SocketChannel channel;
  private final BufferedReader answers;

  private RedisClient(SocketChannel channel) {
    this.channel = channel;
    this.answers =
        new BufferedReader(
            new InputStreamReader(Channels.newInputStream(channel), StandardCharsets.US_ASCII));
  }

  /** Connects. */
  public static RedisClient connect(Path socket) throws IOException {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    channel.connect(UnixDomainSocketAddress.of(socket));
    return new RedisClient(channel);
  }

  /** Sends a line, and returns the answer: a line, or the string that it tells the length of. */
  public String ask(String command) throws IOException {
    channel.write(ByteBuffer.wrap((command + "\r\n").getBytes(StandardCharsets.US_ASCII)));
    String line = answers.readLine();
    return line.startsWith("$") ? answers.readLine() : line;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
