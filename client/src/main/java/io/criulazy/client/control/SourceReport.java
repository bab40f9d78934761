package io.criulazy.client.control;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import io.criulazy.client.session.ResidentRestore;
import io.criulazy.client.source.RemoteImages;
import io.criulazy.client.source.ServerAddress;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * How fetching the pages of one restore from page servers stands.
 *
 * @param addresses of the servers, as they were given
 * @param imageSet by which name they know the images; empty: their only ones
 * @param way how the pages come: as {@code SourceWay} calls it; empty: not yet known
 * @param fetchedBytes memory that has come, also what came twice
 * @param reconnects connections that broke or could not be made
 * @param downSeconds for how long there has been no connection; 0: there is one
 */
public record SourceReport(
    List<String> addresses,
    String imageSet,
    String way,
    long fetchedBytes,
    long reconnects,
    double downSeconds) {
  private static final double NS_PER_SECOND = 1e9;

  static Optional<SourceReport> of(ResidentRestore restore) {
    return restore.remote().map(remote -> of(remote, restore));
  }

  private static SourceReport of(RemoteImages remote, ResidentRestore restore) {
    return new SourceReport(
        remote.servers().stream().map(ServerAddress::toString).toList(),
        remote.imageSet(),
        restore.source().way() == null ? "" : restore.source().way().label(),
        restore.source().fetchedBytes(),
        restore.source().reconnects(),
        restore.source().downNs(System.nanoTime()) / NS_PER_SECOND);
  }

  void write(JsonGenerator json) throws IOException {
    json.writeStartObject();
    json.writeArrayFieldStart("addresses");
    for (String address : addresses) {
      json.writeString(address);
    }
    json.writeEndArray();
    json.writeStringField("image_set", imageSet);
    json.writeStringField("way", way);
    json.writeNumberField("fetched_bytes", fetchedBytes);
    json.writeNumberField("reconnects", reconnects);
    json.writeNumberField("down_seconds", downSeconds);
    json.writeEndObject();
  }

  static SourceReport read(JsonParser json) throws IOException {
    JsonFields fields = new JsonFields(json);
    List<String> addresses = List.of();
    String imageSet = "";
    String way = "";
    long fetched = 0;
    long reconnects = 0;
    double down = 0;
    while (fields.next()) {
      switch (fields.name()) {
        case "addresses" -> addresses = fields.list(JsonParser::getText);
        case "image_set" -> imageSet = json.getText();
        case "way" -> way = json.getText();
        case "fetched_bytes" -> fetched = json.getLongValue();
        case "reconnects" -> reconnects = json.getLongValue();
        case "down_seconds" -> down = json.getDoubleValue();
        default -> json.skipChildren();
      }
    }
    return new SourceReport(addresses, imageSet, way, fetched, reconnects, down);
  }
}
