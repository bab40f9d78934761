package io.criulazy.daemon.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Why a request is not answered: the program is ending, or has too much to do. */
class EndingTest {
  private static final HttpService SERVICE =
      new HttpService() {
        @Override
        public HttpAnswer answer(HttpCall call) {
          throw new AssertionError("nobody is there to answer");
        }

        @Override
        public HttpAnswer error(int status, String message) {
          return HttpAnswer.of(status, "text/plain", message);
        }
      };

  @Test
  void anEndingProgramSaysThatItEnds() {
    ExecutorService workers = Executors.newSingleThreadExecutor();
    workers.shutdown();
    assertThat(ask(workers)).startsWith("503").contains("is ending");
  }

  @Test
  void aBusyOneSaysThatItIsBusy() {
    CountDownLatch free = new CountDownLatch(1);
    ThreadPoolExecutor workers =
        new ThreadPoolExecutor(1, 1, 1, TimeUnit.SECONDS, new ArrayBlockingQueue<>(1));
    try {
      for (int i = 0; i < 2; i++) {
        workers.execute(() -> awaitUninterrupted(free));
      }
      assertThat(ask(workers)).startsWith("503").contains("too many requests");
    } finally {
      free.countDown();
      workers.shutdown();
    }
  }

  private static void awaitUninterrupted(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static String ask(ExecutorService workers) {
    EmbeddedChannel channel =
        new EmbeddedChannel(new Exchange(SERVICE, workers, Optional.empty(), 0));
    channel.writeInbound(new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/"));
    FullHttpResponse response = channel.readOutbound();
    try {
      return response.status() + ": " + response.content().toString(StandardCharsets.UTF_8);
    } finally {
      response.release();
      channel.finishAndReleaseAll();
    }
  }
}
