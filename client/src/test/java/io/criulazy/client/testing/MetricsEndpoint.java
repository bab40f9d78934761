package io.criulazy.client.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Where a daemon of the tests serves its metrics, as Prometheus reads them. */
public final class MetricsEndpoint {
  private final HttpClient http = HttpClient.newHttpClient();
  private final URI uri;

  private MetricsEndpoint(URI uri) {
    this.uri = uri;
  }

  /** One on a port of this host that nobody listens on. */
  public static MetricsEndpoint free() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return new MetricsEndpoint(
          URI.create("http://127.0.0.1:" + socket.getLocalPort() + "/metrics"));
    }
  }

  /** What {@code --metrics-address} takes. */
  public String address() {
    return uri.getAuthority();
  }

  /**
   * All metrics.
   *
   * @throws IOException if nobody answers, or says that he can't
   */
  public String scrape() throws IOException, InterruptedException {
    HttpResponse<String> answer =
        http.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
    if (answer.statusCode() != 200) {
      throw new IOException(answer.statusCode() + ": " + answer.body());
    }
    return answer.body();
  }

  /**
   * The value of a series in a scrape, which has to be there.
   *
   * @param series with all of its labels
   */
  public static double sample(String scrape, String series) {
    Matcher line =
        Pattern.compile("^" + Pattern.quote(series) + " (\\S+)$", Pattern.MULTILINE)
            .matcher(scrape);
    assertThat(line.find()).as("%s in\n%s", series, scrape).isTrue();
    return Double.parseDouble(line.group(1));
  }
}
