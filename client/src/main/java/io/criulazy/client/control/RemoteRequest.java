package io.criulazy.client.control;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.criulazy.client.source.ClientTlsFiles;
import io.criulazy.client.source.RemoteImages;
import io.criulazy.client.source.ServerAddress;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** {@link RemoteImages} as the value of {@code page_server} in a request. */
final class RemoteRequest {
  private static final String FIELDS =
      "there are addresses, image_set, compress, short_circuit, source_timeout_seconds and tls";
  private static final String TLS_FIELDS = "there are cert, key, cacert, cacrl and any_name";

  private List<ServerAddress> addresses = List.of();
  private String imageSet = "";
  private boolean compressed;
  private boolean shortCircuit = true;
  private Duration timeout = Duration.ZERO;
  private ClientTlsFiles tls;

  private RemoteRequest() {}

  static void write(RemoteImages remote, JsonGenerator json) throws IOException {
    json.writeStartObject();
    json.writeArrayFieldStart("addresses");
    for (ServerAddress address : remote.servers()) {
      json.writeString(address.toString());
    }
    json.writeEndArray();
    json.writeStringField("image_set", remote.imageSet());
    json.writeBooleanField("compress", remote.compressed());
    json.writeBooleanField("short_circuit", remote.shortCircuit());
    json.writeNumberField("source_timeout_seconds", remote.timeout().toSeconds());
    if (remote.tls().isPresent()) {
      json.writeFieldName("tls");
      write(remote.tls().get(), json);
    }
    json.writeEndObject();
  }

  private static void write(ClientTlsFiles tls, JsonGenerator json) throws IOException {
    json.writeStartObject();
    json.writeStringField("cert", tls.certificate().toString());
    json.writeStringField("key", tls.key().toString());
    if (tls.authorities().isPresent()) {
      json.writeStringField("cacert", tls.authorities().get().toString());
    }
    if (tls.revoked().isPresent()) {
      json.writeStringField("cacrl", tls.revoked().get().toString());
    }
    json.writeBooleanField("any_name", tls.anyName());
    json.writeEndObject();
  }

  /**
   * @param json at the object's opening brace
   */
  static RemoteImages read(JsonParser json) throws IOException, ControlException {
    RemoteRequest request = new RemoteRequest();
    JsonFields fields = new JsonFields(json);
    while (fields.next()) {
      request.take(fields);
    }
    if (request.addresses.isEmpty()) {
      throw new ControlException(400, "page_server has no addresses: HOST:PORT, or unix:PATH");
    }
    return new RemoteImages(
        request.addresses,
        Optional.ofNullable(request.tls),
        request.imageSet,
        request.compressed,
        request.shortCircuit,
        request.timeout);
  }

  private void take(JsonFields fields) throws IOException, ControlException {
    switch (fields.name()) {
      case "addresses" -> addresses = addresses(fields);
      case "image_set" -> imageSet = fields.text();
      case "compress" -> compressed = fields.flag();
      case "short_circuit" -> shortCircuit = fields.flag();
      case "source_timeout_seconds" -> timeout = Duration.ofSeconds(fields.count());
      case "tls" -> tls = tls(fields.object());
      default -> throw unknown("page_server." + fields.name(), FIELDS);
    }
  }

  private static List<ServerAddress> addresses(JsonFields fields)
      throws IOException, ControlException {
    fields.require(JsonToken.START_ARRAY, "an array of strings");
    try {
      return fields.list(json -> ServerAddress.of(json.getText()));
    } catch (IllegalArgumentException e) {
      throw new ControlException(400, "page_server.addresses: " + e.getMessage());
    }
  }

  private static ClientTlsFiles tls(JsonFields fields) throws IOException, ControlException {
    Path certificate = null;
    Path key = null;
    Path authorities = null;
    Path revoked = null;
    boolean anyName = false;
    while (fields.next()) {
      switch (fields.name()) {
        case "cert" -> certificate = fields.absolutePath();
        case "key" -> key = fields.absolutePath();
        case "cacert" -> authorities = fields.absolutePath();
        case "cacrl" -> revoked = fields.absolutePath();
        case "any_name" -> anyName = fields.flag();
        default -> throw unknown("tls." + fields.name(), TLS_FIELDS);
      }
    }
    if (certificate == null || key == null) {
      throw new ControlException(400, "tls needs cert and key: two PEM files of the daemon's host");
    }
    return new ClientTlsFiles(
        certificate, key, Optional.ofNullable(authorities), Optional.ofNullable(revoked), anyName);
  }

  private static ControlException unknown(String name, String known) {
    return new ControlException(400, "unknown field " + name + "; " + known);
  }
}
