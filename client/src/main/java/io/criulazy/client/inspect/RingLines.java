package io.criulazy.client.inspect;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamWriteFeature;
import io.criulazy.client.rings.RingReport;
import io.criulazy.client.rings.RingSurvey;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.util.List;

/** Shows io_uring instances: of a process that runs, or of an image. */
public final class RingLines {
  private RingLines() {}

  /** A line or two a ring, and why they could not be taken away, for people. */
  public static void write(RingSurvey survey, PrintStream out) throws IOException {
    List<RingReport> rings = survey.report();
    if (rings.isEmpty()) {
      out.println("no io_uring");
    }
    rings.forEach(ring -> write(ring, "", out));
    if (!survey.kernelRefusal().isEmpty()) {
      out.println("not all is known: " + survey.kernelRefusal() + " (needs CAP_BPF, CAP_PERFMON)");
    }
    for (String refusal : survey.refusals()) {
      out.println("can't be dumped: " + refusal);
    }
  }

  static void write(RingReport ring, String indent, PrintStream out) {
    out.printf(
        "%sio_uring fd %s: %s%s, %d and %d entries%n",
        indent,
        join(ring.fds()),
        ring.flags(),
        ring.owner() == 0 ? "" : ", of thread " + ring.owner(),
        ring.sqEntries(),
        ring.cqEntries());
    out.printf(
        "%s  submitted %d, completed %d, in flight %s, overflow %d; files %d, buffers %d,"
            + " personalities %s, eventfd %s%n",
        indent,
        ring.submitted(),
        ring.completed(),
        known(ring.inFlight()),
        ring.overflow(),
        ring.files(),
        ring.buffers(),
        known(ring.personalities()),
        ring.eventfd());
  }

  private static String known(int count) {
    return count < 0 ? "unknown" : Integer.toString(count);
  }

  private static String join(List<Integer> numbers) {
    return String.join(",", numbers.stream().map(String::valueOf).toList());
  }

  /** The same for programs, as one JSON object in UTF-8; the stream stays open. */
  public static void writeJson(RingSurvey survey, OutputStream out) throws IOException {
    JsonFactory factory =
        JsonFactory.builder().disable(StreamWriteFeature.AUTO_CLOSE_TARGET).build();
    try (JsonGenerator json = factory.createGenerator(out)) {
      json.useDefaultPrettyPrinter();
      json.writeStartObject();
      writeJson(survey.report(), json);
      json.writeArrayFieldStart("refusals");
      for (String refusal : survey.refusals()) {
        json.writeString(refusal);
      }
      json.writeEndArray();
      json.writeEndObject();
      json.writeRaw('\n');
    }
  }

  static void writeJson(List<RingReport> rings, JsonGenerator json) throws IOException {
    json.writeArrayFieldStart("ioUrings");
    for (RingReport ring : rings) {
      json.writeStartObject();
      json.writeNumberField("pid", ring.pid());
      json.writeArrayFieldStart("fds");
      for (int fd : ring.fds()) {
        json.writeNumber(fd);
      }
      json.writeEndArray();
      json.writeArrayFieldStart("addresses");
      for (long address : ring.addresses()) {
        json.writeString("0x" + Long.toHexString(address));
      }
      json.writeEndArray();
      json.writeStringField("flags", ring.flags());
      json.writeNumberField("owner", ring.owner());
      json.writeNumberField("sqEntries", ring.sqEntries());
      json.writeNumberField("cqEntries", ring.cqEntries());
      json.writeNumberField("submitted", ring.submitted());
      json.writeNumberField("completed", ring.completed());
      write(json, "inFlight", ring.inFlight());
      json.writeNumberField("overflow", ring.overflow());
      json.writeNumberField("files", ring.files());
      json.writeNumberField("buffers", ring.buffers());
      write(json, "personalities", ring.personalities());
      json.writeStringField("eventfd", ring.eventfd());
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  /** What is not known is null. */
  private static void write(JsonGenerator json, String name, int count) throws IOException {
    if (count < 0) {
      json.writeNullField(name);
    } else {
      json.writeNumberField(name, count);
    }
  }
}
