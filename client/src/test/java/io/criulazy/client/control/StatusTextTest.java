package io.criulazy.client.control;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The view for people, and the JSON behind it. */
class StatusTextTest {
  private static final FaultReport FAULTS = new FaultReport(1000, 2, 1.5, 16.384e-6, 4.1e-3);

  @Test
  void aReportIsTheSameAfterItsWayThroughJson() throws IOException {
    DaemonReport report = report(256, 512);
    try (JsonParser json = Json.parser(Json.bytes(report::write))) {
      assertThat(DaemonReport.read(json)).isEqualTo(report);
    }
  }

  @Test
  void everyFieldOfItIsDocumented() throws IOException {
    String doc = Files.readString(Path.of("../docs/operating.md"));
    try (JsonParser json = Json.parser(Json.bytes(report(256, 512)::write))) {
      while (json.nextToken() != null) {
        if (json.currentToken() == JsonToken.FIELD_NAME) {
          assertThat(doc).contains("`" + json.currentName() + "`");
        }
      }
    }
  }

  @Test
  void showsRatesFromTheSecondViewOn() {
    StatusText text = new StatusText();
    assertThat(text.next(report(256, 768), 1_000_000_000L))
        .contains("serving: 1 restores, 1 MiB delivered, - MiB/s")
        .contains("half within 16us, 99 of 100 within 4ms; 2 wait, the oldest for 1.5s")
        .contains(
            "7      filling           1/       4         -     1000    16us     4ms    1.5s  /img")
        .contains("pid 42         lazy   3 MiB due, 2 faults wait");
    assertThat(text.next(report(768, 256), 3_000_000_000L)).contains("3 MiB delivered, 1 MiB/s");
  }

  private static DaemonReport report(long delivered, long due) {
    RestoreReport restore =
        new RestoreReport(
            "7",
            "filling",
            0,
            0,
            "/img",
            "/img/lazy-pages.socket",
            Instant.parse("2026-11-21T03:00:00Z"),
            due,
            delivered,
            FAULTS,
            Optional.of(
                new SourceReport(List.of("10.0.0.1:27"), "web/42", "connection", 3 << 20, 2, 4.5)),
            List.of(new ProcessReport("42", "lazy", due, 2)));
    return new DaemonReport("serving", delivered, FAULTS, List.of(restore));
  }
}
