package io.criulazy.client.source;

import io.criulazy.proto.index.SeekIndex;
import io.criulazy.proto.pageserver.HeaderLayout;
import io.criulazy.proto.wire.Capability;
import io.criulazy.proto.wire.WireException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The pages of one checkpoint from a page server elsewhere: finds out which protocol it speaks, and
 * makes a {@link PageSource} for each task. Any thread.
 */
public final class RemotePages implements AutoCloseable {
  private static final int GREETING_LIMIT_MS = 10_000;

  /** Before there is a restore that waits, a server that can't be had is reported soon. */
  public static final Duration BRIEFLY = Duration.ofSeconds(1);

  /** Processes wait already, and the server may have been killed with who served them. */
  public static final Duration PATIENTLY = Duration.ofSeconds(20);

  private static final long FIRST_PAUSE_MS = 150;

  private final PageSupply supply;
  private volatile ArrivalListener listener = urgency -> {};

  private RemotePages(PageSupply supply) {
    this.supply = supply;
  }

  /**
   * Connects to the first replica that answers.
   *
   * @param patience how long servers that can't be reached are tried again
   * @throws IOException if none can serve the images
   */
  public static RemotePages connect(
      RemoteOptions options, SourceStatistics statistics, Duration patience) throws IOException {
    return connect(options, statistics, patience, true);
  }

  /**
   * @param mapping whether files that a server of this host hands over are used
   */
  static RemotePages connect(
      RemoteOptions options, SourceStatistics statistics, Duration patience, boolean mapping)
      throws IOException {
    long beganNs = System.nanoTime();
    while (true) {
      List<String> reasons = new ArrayList<>();
      boolean hopeful = false;
      for (int i = 0; i < options.servers().size(); i++) {
        try {
          return new RemotePages(connect(i, options, statistics, mapping));
        } catch (IOException e) {
          hopeful |= !(e instanceof WireException);
          reasons.add(options.servers().get(i) + ": " + e.getMessage());
        }
      }
      boolean late = System.nanoTime() - beganNs > patience.toNanos();
      if (!hopeful || late || !pause()) {
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

  private static PageSupply connect(
      int i, RemoteOptions options, SourceStatistics statistics, boolean mapping)
      throws IOException {
    ServerStream stream = ServerStream.open(options.servers().get(i), options.tls());
    try {
      Reconnection reconnection = Reconnection.from(i, options);
      Optional<HeaderLayout> criu = ServerDetection.detect(stream);
      if (criu.isPresent()) {
        statistics.comes(SourceWay.CONNECTION);
        return new FetchedSupply(
            new CriuFetcher(
                reconnection, criu.get(), stream, options.spool(), statistics, options.timeout()));
      }
      stream.limitWait(GREETING_LIMIT_MS);
      WireGreeting greeting =
          WireGreeting.of(
              options.imageSet(), options.identity(), options.compressed(), options.shortCircuit());
      WireGreeting.Answer answer;
      try (FrameReader reader = new FrameReader()) {
        answer = greeting.exchange(stream, reader);
      }
      Optional<PageSupply> files =
          mapping
              ? files(options.servers().get(i), stream, greeting, answer, statistics)
              : Optional.empty();
      if (files.isPresent()) {
        return files.get();
      }
      stream.limitWait(0);
      statistics.comes(SourceWay.CONNECTION);
      Reconnection urgent = Reconnection.from(i, options);
      return new FetchedSupply(
          new WireFetcher(
              urgent, reconnection, greeting.fetching(), stream, statistics, options.timeout()));
    } catch (IOException | RuntimeException e) {
      stream.close();
      throw e;
    }
  }

  /** The server's files, if it hands them over. */
  private static Optional<PageSupply> files(
      ServerAddress server,
      ServerStream stream,
      WireGreeting greeting,
      WireGreeting.Answer answer,
      SourceStatistics statistics)
      throws IOException {
    if (answer.has(Capability.GRANT)) {
      PageSupply granted = GrantedSupply.over(stream);
      statistics.comes(SourceWay.FILES);
      return Optional.of(granted);
    }
    Optional<PageSupply> files = ShortCircuit.take(server, greeting, answer);
    if (files.isPresent()) {
      stream.close();
      statistics.comes(SourceWay.SHORT_CIRCUIT);
    }
    return files;
  }

  /**
   * The pages of one task.
   *
   * @param pid in the images
   * @param index of its pages; what is lazy in it comes from the server
   * @throws IOException if the server does not have them
   */
  public PageSource source(long pid, SeekIndex index) throws IOException {
    return supply.source(pid, index, urgency -> listener.arrived(urgency));
  }

  /**
   * Faults may come from now on.
   *
   * @param newListener hears of arrivals; if it is an {@link AnswerLoop}, it reads what is waited
   *     for itself
   */
  public void onArrival(ArrivalListener newListener) {
    listener = newListener;
    supply.begin(newListener instanceof AnswerLoop loop ? loop : null);
  }

  /** All processes have everything: a dumping criu may let its own go. */
  public void finish() {
    supply.finish();
  }

  /** Nothing is needed any more: closes the connections. */
  @Override
  public void close() {
    supply.close();
  }
}
