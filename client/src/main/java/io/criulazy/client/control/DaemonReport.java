package io.criulazy.client.control;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import io.criulazy.client.session.ResidentRestore;
import io.criulazy.client.session.Restores;
import java.io.IOException;
import java.util.List;

/**
 * All that a resident daemon does.
 *
 * @param state {@code serving}, or {@code stopping} when it takes no more restores
 * @param pagesDelivered by all restores since the start
 * @param faults of all restores since the start
 * @param restores those that are not over, and those that have ended lately
 */
public record DaemonReport(
    String state, long pagesDelivered, FaultReport faults, List<RestoreReport> restores) {

  static DaemonReport of(Restores restores) {
    List<ResidentRestore> all = restores.all();
    long waiting = all.stream().mapToLong(ResidentRestore::unansweredFaults).sum();
    long oldestNs = all.stream().mapToLong(ResidentRestore::oldestFaultAgeNs).max().orElse(0);
    return new DaemonReport(
        stateOf(restores),
        restores.statistics().pagesDelivered(),
        FaultReport.of(restores.statistics(), waiting, oldestNs),
        all.stream().map(RestoreReport::of).toList());
  }

  static String stateOf(Restores restores) {
    return restores.isStopping() ? "stopping" : "serving";
  }

  void write(JsonGenerator json) throws IOException {
    json.writeStartObject();
    json.writeStringField("state", state);
    json.writeNumberField("pages_delivered", pagesDelivered);
    json.writeFieldName("faults");
    faults.write(json);
    Json.writeArray(json, "restores", restores);
    json.writeEndObject();
  }

  static DaemonReport read(JsonParser json) throws IOException {
    JsonFields fields = new JsonFields(json);
    String state = "";
    long delivered = 0;
    FaultReport faults = null;
    List<RestoreReport> restores = List.of();
    while (fields.next()) {
      switch (fields.name()) {
        case "state" -> state = json.getText();
        case "pages_delivered" -> delivered = json.getLongValue();
        case "faults" -> faults = FaultReport.read(json);
        case "restores" -> restores = fields.list(RestoreReport::read);
        default -> json.skipChildren();
      }
    }
    return new DaemonReport(state, delivered, faults, restores);
  }
}
