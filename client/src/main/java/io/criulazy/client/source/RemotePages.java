package io.criulazy.client.source;

import io.criulazy.proto.index.SeekIndex;
import io.criulazy.proto.pageserver.HeaderLayout;
import io.criulazy.proto.wire.WireException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The pages of one checkpoint from a page server elsewhere: finds out which protocol it speaks, and
 * makes a {@link PageSource} for each task. Any thread.
 */
public final class RemotePages implements AutoCloseable {
  private static final long STAGING_BYTES = 64 << 20;

  /** Before there is a restore that waits, a server that can't be had is reported soon. */
  private static final int FIRST_ROUNDS = 8;

  private static final long FIRST_PAUSE_MS = 150;

  private final Staging staging = new Staging(STAGING_BYTES);
  private final PageFetcher fetcher;
  private volatile ArrivalListener listener = urgency -> {};

  private RemotePages(PageFetcher fetcher) {
    this.fetcher = fetcher;
  }

  /**
   * Connects to the first replica that answers.
   *
   * @throws IOException if none can serve the images
   */
  public static RemotePages connect(RemoteOptions options, SourceStatistics statistics)
      throws IOException {
    for (int round = 1; ; round++) {
      List<String> reasons = new ArrayList<>();
      boolean hopeful = false;
      for (int i = 0; i < options.servers().size(); i++) {
        try {
          return new RemotePages(connect(i, options, statistics));
        } catch (IOException e) {
          hopeful |= !(e instanceof WireException);
          reasons.add(options.servers().get(i) + ": " + e.getMessage());
        }
      }
      if (!hopeful || round == FIRST_ROUNDS || !pause()) {
        throw new IOException("cannot use the page server at " + String.join("; ", reasons));
      }
    }
  }

  private static boolean pause() {
    try {
      Thread.sleep(FIRST_PAUSE_MS);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private static PageFetcher connect(int i, RemoteOptions options, SourceStatistics statistics)
      throws IOException {
    ServerStream stream = ServerStream.open(options.servers().get(i), options.tls());
    try {
      Reconnection reconnection = Reconnection.from(i, options);
      Optional<HeaderLayout> criu = ServerDetection.detect(stream);
      if (criu.isPresent()) {
        return new CriuFetcher(reconnection, criu.get(), stream, options.spool(), statistics);
      }
      WireGreeting greeting =
          new WireGreeting(options.imageSet(), options.identity(), options.compressed());
      try (FrameReader reader = new FrameReader()) {
        greeting.exchange(stream, reader);
      }
      return new WireFetcher(
          Reconnection.from(i, options), reconnection, greeting, stream, statistics);
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

  /**
   * Faults may come from now on.
   *
   * @param newListener hears of arrivals; if it is an {@link AnswerLoop}, it reads what is waited
   *     for itself
   */
  public void onArrival(ArrivalListener newListener) {
    listener = newListener;
    fetcher.begin(newListener instanceof AnswerLoop loop ? loop : null);
  }

  /** All processes have everything: a dumping criu may let its own go. */
  public void finish() {
    fetcher.finish();
  }

  /** Nothing is needed any more: closes the connections. */
  @Override
  public void close() {
    fetcher.close();
  }
}
