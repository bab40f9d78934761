package io.criulazy.client.control;

import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;

/** The fields of one JSON object in turn. The parser stands at its opening brace. */
final class JsonFields {
  private final JsonParser json;

  JsonFields(JsonParser json) throws IOException {
    this.json = json;
    if (json.currentToken() == null) {
      json.nextToken();
    }
    if (json.currentToken() != JsonToken.START_OBJECT) {
      throw new JsonParseException(json, "an object is needed here: { ... }");
    }
  }

  /**
   * Goes to the next field's value.
   *
   * @return whether there is one
   */
  boolean next() throws IOException {
    if (json.nextToken() != JsonToken.FIELD_NAME) {
      return false;
    }
    json.nextToken();
    return true;
  }

  /** The field's name. */
  String name() throws IOException {
    return json.currentName();
  }
}
