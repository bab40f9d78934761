package io.criulazy.client.control;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import io.criulazy.client.session.ResidentRestore;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * How one lazy restore stands.
 *
 * @param id its name in the control API
 * @param state in small letters: {@code listening}
 * @param pid of the root, if the daemon has restored it; else 0
 * @param ringProcesses how many of its processes have io_uring instances, if so
 * @param imagesDir where its images are
 * @param socket where criu connects
 * @param preparedAt when it was prepared
 * @param pagesDue pages that its processes have still to get
 * @param pagesDelivered pages of the image that they have got
 * @param faults how their faults were answered
 * @param source how fetching its pages from page servers stands, if they come from there
 * @param processes those that are not yet done
 */
public record RestoreReport(
    String id,
    String state,
    int pid,
    int ringProcesses,
    String imagesDir,
    String socket,
    Instant preparedAt,
    long pagesDue,
    long pagesDelivered,
    FaultReport faults,
    Optional<SourceReport> source,
    List<ProcessReport> processes)
    implements Json.Content {

  static RestoreReport of(ResidentRestore restore) {
    return new RestoreReport(
        restore.id(),
        restore.state().label(),
        restore.rootPid(),
        restore.ringProcesses(),
        restore.imagesDir().toString(),
        restore.socket().toString(),
        restore.preparedAt(),
        restore.duePages(),
        restore.statistics().pagesDelivered(),
        FaultReport.of(
            restore.statistics(), restore.unansweredFaults(), restore.oldestFaultAgeNs()),
        SourceReport.of(restore),
        restore.processes().stream().map(ProcessReport::of).toList());
  }

  @Override
  public void write(JsonGenerator json) throws IOException {
    json.writeStartObject();
    json.writeStringField("id", id);
    json.writeStringField("state", state);
    if (pid != 0) {
      json.writeNumberField("pid", pid);
      json.writeNumberField("processes_with_io_uring", ringProcesses);
    }
    json.writeStringField("images_dir", imagesDir);
    json.writeStringField("socket", socket);
    json.writeStringField("prepared_at", preparedAt.toString());
    json.writeNumberField("pages_due", pagesDue);
    json.writeNumberField("pages_delivered", pagesDelivered);
    json.writeFieldName("faults");
    faults.write(json);
    if (source.isPresent()) {
      json.writeFieldName("page_server");
      source.get().write(json);
    }
    Json.writeArray(json, "processes", processes);
    json.writeEndObject();
  }

  static RestoreReport read(JsonParser json) throws IOException {
    JsonFields fields = new JsonFields(json);
    String id = "";
    String state = "";
    int pid = 0;
    int rings = 0;
    String imagesDir = "";
    String socket = "";
    Instant preparedAt = Instant.EPOCH;
    long due = 0;
    long delivered = 0;
    FaultReport faults = null;
    SourceReport source = null;
    List<ProcessReport> processes = List.of();
    while (fields.next()) {
      switch (fields.name()) {
        case "id" -> id = json.getText();
        case "state" -> state = json.getText();
        case "pid" -> pid = json.getIntValue();
        case "processes_with_io_uring" -> rings = json.getIntValue();
        case "images_dir" -> imagesDir = json.getText();
        case "socket" -> socket = json.getText();
        case "prepared_at" -> preparedAt = Instant.parse(json.getText());
        case "pages_due" -> due = json.getLongValue();
        case "pages_delivered" -> delivered = json.getLongValue();
        case "faults" -> faults = FaultReport.read(json);
        case "page_server" -> source = SourceReport.read(json);
        case "processes" -> processes = fields.list(ProcessReport::read);
        default -> json.skipChildren();
      }
    }
    return new RestoreReport(
        id,
        state,
        pid,
        rings,
        imagesDir,
        socket,
        preparedAt,
        due,
        delivered,
        faults,
        Optional.ofNullable(source),
        processes);
  }
}
