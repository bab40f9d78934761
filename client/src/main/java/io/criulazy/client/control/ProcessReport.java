package io.criulazy.client.control;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import io.criulazy.client.fault.LazyProcess;
import java.io.IOException;
import java.util.Locale;

/**
 * One process that is getting its memory.
 *
 * @param name its pid in the image; {@code PID/N} is the N-th child that it has forked since
 * @param state in small letters: {@code lazy}
 * @param pagesDue how many it has still to get
 * @param faultsWaiting how many of its faults are unanswered
 */
public record ProcessReport(String name, String state, long pagesDue, long faultsWaiting)
    implements Json.Content {
  static ProcessReport of(LazyProcess process) {
    return new ProcessReport(
        process.name(),
        process.state().name().toLowerCase(Locale.ROOT),
        process.duePages(),
        process.unansweredFaults());
  }

  @Override
  public void write(JsonGenerator json) throws IOException {
    json.writeStartObject();
    json.writeStringField("name", name);
    json.writeStringField("state", state);
    json.writeNumberField("pages_due", pagesDue);
    json.writeNumberField("faults_waiting", faultsWaiting);
    json.writeEndObject();
  }

  static ProcessReport read(JsonParser json) throws IOException {
    JsonFields fields = new JsonFields(json);
    String name = "";
    String state = "";
    long pagesDue = 0;
    long faultsWaiting = 0;
    while (fields.next()) {
      switch (fields.name()) {
        case "name" -> name = json.getText();
        case "state" -> state = json.getText();
        case "pages_due" -> pagesDue = json.getLongValue();
        case "faults_waiting" -> faultsWaiting = json.getLongValue();
        default -> json.skipChildren();
      }
    }
    return new ProcessReport(name, state, pagesDue, faultsWaiting);
  }
}
