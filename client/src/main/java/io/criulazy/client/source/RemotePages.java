package io.criulazy.client.source;

import io.criulazy.proto.index.SeekIndex;
import io.criulazy.proto.wire.Preamble;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The pages of one checkpoint from a page server elsewhere: finds out which protocol it speaks, and
 * makes a {@link PageSource} for each task. Any thread.
 */
public final class RemotePages implements AutoCloseable {
  private static final long STAGING_BYTES = 64 << 20;

  private final Staging staging = new Staging(STAGING_BYTES);
  private final WireFetcher fetcher;
  private volatile ArrivalListener listener = urgency -> {};

  private RemotePages(WireFetcher fetcher) {
    this.fetcher = fetcher;
  }

  /**
   * Connects to the first replica that answers.
   *
   * @param addresses at least one; all serve the same images
   * @param imageSet by which name the server knows the images; empty: its only ones
   * @param identity of the images here
   * @throws IOException if none can serve them
   */
  public static RemotePages connect(
      List<ServerAddress> addresses,
      Optional<ClientTls> tls,
      String imageSet,
      long identity,
      SourceStatistics statistics)
      throws IOException {
    WireGreeting greeting = new WireGreeting(imageSet, identity);
    List<String> reasons = new ArrayList<>();
    for (ServerAddress address : addresses) {
      try {
        ServerStream stream = greeted(address, tls, greeting);
        List<Reconnection> lanes =
            List.of(new Reconnection(addresses, tls), new Reconnection(addresses, tls));
        return new RemotePages(new WireFetcher(lanes, greeting, stream, statistics));
      } catch (IOException e) {
        reasons.add(address + ": " + e.getMessage());
      }
    }
    throw new IOException("cannot use the page server at " + String.join("; ", reasons));
  }

  private static ServerStream greeted(
      ServerAddress address, Optional<ClientTls> tls, WireGreeting greeting) throws IOException {
    ServerStream stream = ServerStream.open(address, tls);
    try {
      stream.write(ByteBuffer.wrap(Preamble.client()));
      FrameReader.preamble(stream, new byte[0]);
      greeting.exchange(stream, new FrameReader());
      return stream;
    } catch (IOException | RuntimeException e) {
      stream.close();
      throw e;
    }
  }

  /**
   * The pages of one task.
   *
   * @param pid in the images
   * @param index of its pages; what is lazy in it comes from the server
   */
  public PageSource source(long pid, SeekIndex index) {
    StagedSource source =
        new StagedSource(pid, index, staging, fetcher, urgency -> listener.arrived(urgency));
    fetcher.add(source);
    return source;
  }

  /** From now on this one hears of arrivals. */
  public void onArrival(ArrivalListener newListener) {
    listener = newListener;
  }

  /** Nothing is needed any more: closes the connections. */
  @Override
  public void close() {
    fetcher.close();
  }
}
