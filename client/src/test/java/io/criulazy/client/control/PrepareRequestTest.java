package io.criulazy.client.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.criulazy.client.fault.LostPagePolicy;
import io.criulazy.client.source.ClientTlsFiles;
import io.criulazy.client.source.RemoteImages;
import io.criulazy.client.source.ServerAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PrepareRequestTest {
  @Test
  void isTheSameAfterItsWayThroughJson() throws ControlException {
    ClientTlsFiles tls =
        new ClientTlsFiles(
            Path.of("/pki/cert.pem"),
            Path.of("/pki/key.pem"),
            Optional.empty(),
            Optional.of(Path.of("/pki/revoked.pem")),
            false);
    PrepareRequest request =
        new PrepareRequest(
            Path.of("/img"),
            Path.of("/run/work"),
            Optional.of(LostPagePolicy.POISON),
            Optional.of(
                new RemoteImages(
                    List.of(
                        ServerAddress.tcp("10.0.0.1", 27),
                        ServerAddress.unix(Path.of("/run/pages.sock"))),
                    Optional.of(tls),
                    "web/42",
                    true,
                    false,
                    Duration.ofSeconds(30))),
            Optional.empty());
    assertThat(PrepareRequest.of(Json.bytes(request::write))).isEqualTo(request);
  }
}
