package io.criulazy.client.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.criulazy.client.fault.LostPagePolicy;
import io.criulazy.client.source.ClientTlsFiles;
import io.criulazy.client.source.RemoteImages;
import io.criulazy.client.source.ServerAddress;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DaemonJournalTest {
  private static final List<ServerAddress> REPLICAS =
      List.of(
          ServerAddress.tcp("10.0.0.1", 27),
          ServerAddress.tcp("fd00::1", 65_535),
          ServerAddress.unix(Path.of("/run/pages, and more.sock")));

  @TempDir Path scratch;

  @Test
  void keepsRestoresAndWhereTheirPagesAre() throws IOException {
    ClientTlsFiles tls =
        new ClientTlsFiles(
            Path.of("/pki/cert.pem"),
            Path.of("/pki/key.pem"),
            Optional.of(Path.of("/pki/authority.pem")),
            Optional.empty(),
            true);
    List<DaemonJournal.Restore> restores =
        List.of(
            restore(1, Optional.empty()),
            restore(2, Optional.of(remote(Optional.of(tls), "web/42", Duration.ofSeconds(30)))),
            restore(3, Optional.of(remote(Optional.empty(), "", Duration.ZERO))));
    try (DaemonJournal journal = open()) {
      for (DaemonJournal.Restore restore : restores) {
        journal.add(restore);
      }
    }
    try (DaemonJournal journal = open()) {
      assertThat(journal.restores()).isEqualTo(restores);
    }
  }

  private DaemonJournal open() throws IOException {
    return DaemonJournal.open(scratch.resolve("control.sock"));
  }

  private static DaemonJournal.Restore restore(long id, Optional<RemoteImages> remote) {
    return new DaemonJournal.Restore(
        id, Path.of("/img"), Path.of("/run/work" + id), LostPagePolicy.KILL, remote);
  }

  private static RemoteImages remote(
      Optional<ClientTlsFiles> tls, String imageSet, Duration timeout) {
    return new RemoteImages(REPLICAS, tls, imageSet, tls.isPresent(), tls.isEmpty(), timeout);
  }

  @Test
  void whatIsNoAddressIsRefused() {
    for (String text : List.of("", "host", ":27", "host:", "host:0", "host:65536", "host:x")) {
      assertThatThrownBy(() -> ServerAddress.of(text))
          .as(text)
          .isInstanceOf(IllegalArgumentException.class);
    }
  }
}
