package io.criulazy.client.control;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import io.criulazy.client.fault.FaultStatistics;
import io.criulazy.client.fault.LatencyCounts;
import java.io.IOException;
import java.util.Arrays;

/**
 * How faults have been answered.
 *
 * @param answered so far
 * @param waiting read, and not yet answered
 * @param oldestAgeSeconds how long the oldest of these has waited
 * @param p50Seconds half of those that were answered took at most this
 * @param p99Seconds 99 of 100 took at most this
 */
public record FaultReport(
    long answered, long waiting, double oldestAgeSeconds, double p50Seconds, double p99Seconds) {
  private static final double NS_PER_SECOND = 1e9;

  static FaultReport of(FaultStatistics statistics, long waiting, long oldestAgeNs) {
    long[] counts = statistics.answeredCounts();
    return new FaultReport(
        Arrays.stream(counts).sum(),
        waiting,
        oldestAgeNs / NS_PER_SECOND,
        LatencyCounts.quantileNs(counts, 0.5) / NS_PER_SECOND,
        LatencyCounts.quantileNs(counts, 0.99) / NS_PER_SECOND);
  }

  void write(JsonGenerator json) throws IOException {
    json.writeStartObject();
    json.writeNumberField("answered", answered);
    json.writeNumberField("waiting", waiting);
    json.writeNumberField("oldest_age_seconds", oldestAgeSeconds);
    json.writeNumberField("p50_seconds", p50Seconds);
    json.writeNumberField("p99_seconds", p99Seconds);
    json.writeEndObject();
  }

  static FaultReport read(JsonParser json) throws IOException {
    JsonFields fields = new JsonFields(json);
    long answered = 0;
    long waiting = 0;
    double oldest = 0;
    double p50 = 0;
    double p99 = 0;
    while (fields.next()) {
      switch (fields.name()) {
        case "answered" -> answered = json.getLongValue();
        case "waiting" -> waiting = json.getLongValue();
        case "oldest_age_seconds" -> oldest = json.getDoubleValue();
        case "p50_seconds" -> p50 = json.getDoubleValue();
        case "p99_seconds" -> p99 = json.getDoubleValue();
        default -> json.skipChildren();
      }
    }
    return new FaultReport(answered, waiting, oldest, p50, p99);
  }
}
