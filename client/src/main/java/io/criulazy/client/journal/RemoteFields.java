package io.criulazy.client.journal;

import io.criulazy.client.source.ClientTlsFiles;
import io.criulazy.client.source.RemoteImages;
import io.criulazy.client.source.ServerAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Where the pages of a restore are, as fields of its record.
 *
 * <pre>
 * name of the images, "true" if compressed, "true" if by a short circuit, timeout in ms,
 * "true" if TLS, "true" if any name, certificate, key, authorities or "", revoked or "",
 * addresses, as many as there are
 * </pre>
 */
final class RemoteFields {
  private static final int FIXED = 10;

  private RemoteFields() {}

  static List<String> of(RemoteImages remote) {
    List<String> fields = new ArrayList<>();
    fields.add(remote.imageSet());
    fields.add(Boolean.toString(remote.compressed()));
    fields.add(Boolean.toString(remote.shortCircuit()));
    fields.add(Long.toString(remote.timeout().toMillis()));
    fields.addAll(tls(remote.tls()));
    remote.servers().forEach(server -> fields.add(server.toString()));
    return fields;
  }

  private static List<String> tls(Optional<ClientTlsFiles> tls) {
    if (tls.isEmpty()) {
      return List.of("false", "false", "", "", "", "");
    }
    ClientTlsFiles files = tls.get();
    return List.of(
        "true",
        Boolean.toString(files.anyName()),
        files.certificate().toString(),
        files.key().toString(),
        files.authorities().map(Path::toString).orElse(""),
        files.revoked().map(Path::toString).orElse(""));
  }

  /**
   * @throws IllegalArgumentException if these are no such fields
   */
  static RemoteImages read(List<String> fields) {
    if (fields.size() <= FIXED) {
      throw new IllegalArgumentException(fields.size() + " fields");
    }
    return new RemoteImages(
        fields.stream().skip(FIXED).map(ServerAddress::of).toList(),
        Boolean.parseBoolean(fields.get(4)) ? Optional.of(tls(fields)) : Optional.empty(),
        fields.get(0),
        Boolean.parseBoolean(fields.get(1)),
        Boolean.parseBoolean(fields.get(2)),
        Duration.ofMillis(Long.parseLong(fields.get(3))));
  }

  private static ClientTlsFiles tls(List<String> fields) {
    return new ClientTlsFiles(
        Path.of(fields.get(6)),
        Path.of(fields.get(7)),
        path(fields.get(8)),
        path(fields.get(9)),
        Boolean.parseBoolean(fields.get(5)));
  }

  private static Optional<Path> path(String field) {
    return field.isEmpty() ? Optional.empty() : Optional.of(Path.of(field));
  }
}
