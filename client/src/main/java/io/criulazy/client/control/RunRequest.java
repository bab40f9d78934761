package io.criulazy.client.control;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.List;
import java.util.OptionalInt;

/**
 * That the daemon is to restore, too, and not only to serve: {@code "restore"} in the request.
 *
 * @param husk a bare child of the caller's, of which the tree is made
 * @param detached whether the restored process is not to be a child of the caller's
 * @param options of criu's
 */
public record RunRequest(OptionalInt husk, boolean detached, List<String> options) {
  public RunRequest {
    options = List.copyOf(options);
  }

  void write(JsonGenerator json) throws IOException {
    json.writeStartObject();
    if (husk.isPresent()) {
      json.writeNumberField("husk", husk.getAsInt());
    }
    json.writeBooleanField("detached", detached);
    json.writeArrayFieldStart("options");
    for (String option : options) {
      json.writeString(option);
    }
    json.writeEndArray();
    json.writeEndObject();
  }

  static RunRequest read(JsonParser json) throws IOException, ControlException {
    OptionalInt husk = OptionalInt.empty();
    boolean detached = true;
    List<String> options = List.of();
    JsonFields fields = new JsonFields(json);
    while (fields.next()) {
      switch (fields.name()) {
        case "husk" -> husk = OptionalInt.of(json.getIntValue());
        case "detached" -> detached = json.getBooleanValue();
        case "options" -> options = options(fields, json);
        default ->
            throw new ControlException(
                400,
                "unknown field restore." + fields.name() + "; there are husk, detached, options");
      }
    }
    return new RunRequest(husk, detached, options);
  }

  private static List<String> options(JsonFields fields, JsonParser json)
      throws IOException, ControlException {
    if (json.currentToken() != JsonToken.START_ARRAY) {
      throw new ControlException(400, "restore.options is no array");
    }
    return fields.list(JsonParser::getText);
  }
}
