package io.criulazy.client.restore;

import io.criulazy.client.session.LazyPages;
import io.criulazy.client.session.LazyRestoreOptions;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** Pages served by a thread of this process. */
public final class ServedHere implements PageServing {
  private final LazyPages pages;
  private final CompletableFuture<Void> ready = new CompletableFuture<>();
  private final CompletableFuture<Boolean> end = new CompletableFuture<>();

  /**
   * @param options what is served; this object takes the place of their hook
   */
  public ServedHere(LazyRestoreOptions options) {
    pages = new LazyPages(options.withReadyHook(() -> ready.complete(null)));
  }

  @Override
  public void begin() throws IOException {
    new Thread(this::serve, "pages").start();
    get(ready);
  }

  private void serve() {
    try {
      end.complete(pages.run());
    } catch (IOException | RuntimeException | Error e) {
      end.completeExceptionally(e);
      ready.completeExceptionally(e);
    }
  }

  @Override
  public void giveUp() {
    pages.cancel();
  }

  /**
   * Waits until every process has its memory, or is gone.
   *
   * @return whether all went well
   * @throws IOException if the serving itself has failed
   */
  public boolean awaitEnd() throws IOException {
    return get(end);
  }

  private static <T> T get(CompletableFuture<T> future) throws IOException {
    try {
      return future.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException failed) {
        throw failed;
      }
      throw new IllegalStateException("the pages can't be served", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }
}
