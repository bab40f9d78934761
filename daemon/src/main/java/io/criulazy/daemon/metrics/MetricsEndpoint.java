package io.criulazy.daemon.metrics;

import io.criulazy.daemon.http.HttpAnswer;
import io.criulazy.daemon.http.HttpCall;
import io.criulazy.daemon.http.HttpEndpoint;
import io.criulazy.daemon.http.HttpService;
import java.io.IOException;
import java.net.InetSocketAddress;

/** Serves {@code GET /metrics} over HTTP, for Prometheus. */
public final class MetricsEndpoint implements AutoCloseable {
  private static final String TEXT_FORMAT = "text/plain; version=0.0.4; charset=utf-8";

  private final HttpEndpoint endpoint;

  /**
   * Listens.
   *
   * @param address where; port 0 takes a free one
   * @throws IOException if the address can't be had
   */
  public MetricsEndpoint(InetSocketAddress address, Metrics metrics) throws IOException {
    try {
      endpoint = HttpEndpoint.tcp("metrics", address, new Scrape(metrics));
    } catch (IOException e) {
      throw new IOException(
          "cannot serve metrics: "
              + e.getMessage()
              + ". Give another HOST:PORT with --metrics-address",
          e);
    }
  }

  /** Where it listens. */
  public InetSocketAddress address() {
    return (InetSocketAddress) endpoint.address();
  }

  @Override
  public void close() {
    endpoint.close();
  }

  private record Scrape(Metrics metrics) implements HttpService {
    @Override
    public HttpAnswer answer(HttpCall call) {
      if (!call.path().equals("/metrics")) {
        return error(404, "Metrics are at /metrics.");
      }
      if (!call.method().equals("GET")) {
        return error(405, "GET only.");
      }
      return HttpAnswer.of(200, TEXT_FORMAT, metrics.scrape());
    }

    @Override
    public HttpAnswer error(int status, String message) {
      return HttpAnswer.of(status, TEXT_FORMAT, message + "\n");
    }
  }
}
