package io.criulazy.client.source;

import io.criulazy.proto.index.SeekIndex;

/** Pages that come over a connection and are staged here until they are delivered. */
final class FetchedSupply implements PageSupply {
  private static final long STAGING_BYTES = 64 << 20;

  private final Staging staging = new Staging(STAGING_BYTES);
  private final PageFetcher fetcher;

  FetchedSupply(PageFetcher fetcher) {
    this.fetcher = fetcher;
  }

  @Override
  public PageSource source(long pid, SeekIndex index, ArrivalListener arrivals) {
    StagedSource source = new StagedSource(pid, index, staging, fetcher, arrivals);
    fetcher.add(source);
    return source;
  }

  @Override
  public void begin(AnswerLoop loop) {
    fetcher.begin(loop);
  }

  @Override
  public void finish() {
    fetcher.finish();
  }

  @Override
  public void close() {
    fetcher.close();
  }
}
