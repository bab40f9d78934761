package io.criulazy.client.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.PrintStream;
import java.io.StringWriter;
import java.util.LinkedHashMap;
import java.util.Map;

/** What a command has come to, as one line of JSON for programs. */
final class ResultLine {
  private static final JsonFactory FACTORY = new JsonFactory();
  private static final double NS_PER_SECOND = 1e9;

  private final Map<String, Object> fields = new LinkedHashMap<>();

  /**
   * Adds a field.
   *
   * @param value a string, a number or a boolean
   */
  ResultLine put(String field, Object value) {
    fields.put(field, value);
    return this;
  }

  /** Adds the time since a value of {@link System#nanoTime}, to the millisecond. */
  ResultLine putSecondsSince(String field, long startNs) {
    return put(field, Math.round((System.nanoTime() - startNs) / NS_PER_SECOND * 1000) / 1000.0);
  }

  /** Adds a duration, to the microsecond. */
  ResultLine putSeconds(String field, long durationNs) {
    return put(field, Math.round(durationNs / NS_PER_SECOND * 1_000_000) / 1e6);
  }

  void print(PrintStream out) throws IOException {
    StringWriter line = new StringWriter();
    try (JsonGenerator json = FACTORY.createGenerator(line)) {
      json.writeStartObject();
      for (Map.Entry<String, Object> field : fields.entrySet()) {
        json.writeObjectField(field.getKey(), field.getValue());
      }
      json.writeEndObject();
    }
    out.println(line);
    out.flush();
  }
}
