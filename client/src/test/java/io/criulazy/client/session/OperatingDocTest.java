package io.criulazy.client.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.criulazy.client.fault.FaultStatistics;
import io.criulazy.client.source.SourceStatistics;
import io.criulazy.client.testing.CommittedImages;
import io.criulazy.daemon.server.CriuProtocol;
import io.criulazy.daemon.server.PageServer;
import io.criulazy.daemon.server.PageServerOptions;
import io.criulazy.daemon.server.ServedImages;
import io.criulazy.daemon.store.ImageSet;
import io.criulazy.daemon.store.ImageStore;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** docs/operating.md names what there is, and nothing else. */
class OperatingDocTest {
  private static final Path DOC = Path.of("../docs/operating.md");
  private static final InetSocketAddress ANY_PORT =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

  @TempDir Path scratch;

  @Test
  void itsMetricsAreThoseThatAreServed() throws Exception {
    Set<String> documented = all("\\| `(criu_lazy_\\w+)` \\|", Files.readString(DOC));
    assertThat(all("# TYPE (criu_lazy_\\w+) ", scrape())).isEqualTo(documented).isNotEmpty();
  }

  @Test
  void itNamesEachStateOfARestore() throws Exception {
    String doc = Files.readString(DOC);
    for (RestoreState state : RestoreState.values()) {
      assertThat(doc).contains("`" + state.label() + "`");
    }
  }

  /** All that a daemon with a page server shows. */
  private String scrape() throws Exception {
    try (SessionMetrics metrics =
            new SessionMetrics(
                ANY_PORT,
                new Sessions(),
                Map.of(SessionMetrics.IMAGE, new FaultStatistics()),
                new SourceStatistics());
        ImageSet images = ImageStore.open(CommittedImages.copyTo(scratch));
        PageServer server = pageServer(images, metrics)) {
      assertThat(server.address()).isNotNull();
      URI uri = URI.create("http://127.0.0.1:" + metrics.address().getPort() + "/metrics");
      return HttpClient.newHttpClient()
          .send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString())
          .body();
    }
  }

  private static PageServer pageServer(ImageSet images, SessionMetrics metrics) throws Exception {
    CriuProtocol criu =
        CriuProtocol.serving(
            ServedImages.of(images),
            PageServerOptions.DEFAULT_STALL_LIMIT,
            complete -> {},
            metrics.registry());
    return PageServer.start(PageServerOptions.of(ANY_PORT, List.of(criu), metrics.registry()));
  }

  private static Set<String> all(String regex, String text) {
    Set<String> found = new TreeSet<>();
    Matcher matcher = Pattern.compile(regex).matcher(text);
    while (matcher.find()) {
      found.add(matcher.group(1));
    }
    return found;
  }
}
