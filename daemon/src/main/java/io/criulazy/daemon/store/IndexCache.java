package io.criulazy.daemon.store;

import io.criulazy.proto.index.PagemapKind;
import io.criulazy.proto.index.SeekIndex;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The indexes of an image set, each made once, by the first thread that asks; others that ask
 * meanwhile wait for it. What failed is not kept: the next one to ask tries again. Safe for any
 * number of threads.
 */
final class IndexCache {
  /** Makes an index. */
  interface Loader {
    SeekIndex load(PagemapKind kind, long id) throws IOException;
  }

  private record Key(PagemapKind kind, long id) {}

  private final ConcurrentHashMap<Key, CompletableFuture<SeekIndex>> indexes =
      new ConcurrentHashMap<>();
  private final Loader loader;

  IndexCache(Loader loader) {
    this.loader = loader;
  }

  SeekIndex get(PagemapKind kind, long id) throws IOException {
    Key key = new Key(kind, id);
    CompletableFuture<SeekIndex> mine = new CompletableFuture<>();
    CompletableFuture<SeekIndex> theirs = indexes.putIfAbsent(key, mine);
    return theirs == null ? load(key, mine) : await(theirs);
  }

  private SeekIndex load(Key key, CompletableFuture<SeekIndex> mine) throws IOException {
    try {
      SeekIndex index = loader.load(key.kind, key.id);
      mine.complete(index);
      return index;
    } catch (IOException | RuntimeException | Error e) {
      indexes.remove(key, mine);
      mine.completeExceptionally(e);
      throw e;
    }
  }

  private static SeekIndex await(CompletableFuture<SeekIndex> index) throws IOException {
    try {
      return index.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof IOException failed) {
        throw failed;
      }
      throw e;
    }
  }
}
