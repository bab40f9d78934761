package io.criulazy.client.control;

import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
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

  /**
   * Checks what the field's value is.
   *
   * @param what that is, for people
   */
  void require(JsonToken token, String what) throws IOException, ControlException {
    if (json.currentToken() != token) {
      throw new ControlException(400, name() + " is not " + what);
    }
  }

  /** The field's value, a string. */
  String text() throws IOException, ControlException {
    require(JsonToken.VALUE_STRING, "a string");
    return json.getText();
  }

  /** The field's value, true or false. */
  boolean flag() throws IOException, ControlException {
    if (!json.currentToken().isBoolean()) {
      throw new ControlException(400, name() + " is neither true nor false");
    }
    return json.getBooleanValue();
  }

  /** The field's value, a whole number from 0 on. */
  int count() throws IOException, ControlException {
    require(JsonToken.VALUE_NUMBER_INT, "a whole number");
    if (json.getNumberType() != JsonParser.NumberType.INT || json.getIntValue() < 0) {
      throw new ControlException(400, name() + " is not a number from 0 to " + Integer.MAX_VALUE);
    }
    return json.getIntValue();
  }

  /** The field's value, an absolute path. */
  Path absolutePath() throws IOException, ControlException {
    try {
      Path path = Path.of(text());
      if (path.isAbsolute()) {
        return path.normalize();
      }
    } catch (InvalidPathException e) {
      throw new ControlException(400, name() + " is no path: " + e.getReason());
    }
    throw new ControlException(400, name() + " is not absolute: " + json.getText());
  }

  /** The fields of the field's value, an object. */
  JsonFields object() throws IOException {
    return new JsonFields(json);
  }

  /** The field's name. */
  String name() throws IOException {
    return json.currentName();
  }
}
