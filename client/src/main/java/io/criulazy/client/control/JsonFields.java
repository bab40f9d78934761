package io.criulazy.client.control;

import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

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

  /** Reads one element of an array. */
  interface Element<T> {
    T read(JsonParser json) throws IOException;
  }

  /** The field's value, an array. */
  <T> List<T> list(Element<T> element) throws IOException {
    List<T> list = new ArrayList<>();
    while (json.nextToken() != JsonToken.END_ARRAY) {
      list.add(element.read(json));
    }
    return List.copyOf(list);
  }

  /** The field's name. */
  String name() throws IOException {
    return json.currentName();
  }
}
