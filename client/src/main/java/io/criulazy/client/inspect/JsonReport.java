package io.criulazy.client.inspect;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamWriteFeature;
import io.criulazy.proto.image.AioRingEntry;
import io.criulazy.proto.image.ImageDirectory;
import io.criulazy.proto.image.ImageTask;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Locale;

/**
 * Writes an inspection for programs, as one JSON object. Addresses are strings ("0x7f..."): a JSON
 * number does not hold 64 bits everywhere. Counts of pages are of 4096 bytes.
 */
public final class JsonReport {
  private final JsonGenerator json;

  private JsonReport(JsonGenerator json) {
    this.json = json;
  }

  /** Writes the report in UTF-8; the stream stays open. */
  public static void write(ImageInspection images, OutputStream out) throws IOException {
    JsonFactory factory =
        JsonFactory.builder().disable(StreamWriteFeature.AUTO_CLOSE_TARGET).build();
    try (JsonGenerator json = factory.createGenerator(out)) {
      json.useDefaultPrettyPrinter();
      new JsonReport(json).images(images);
      json.writeRaw('\n');
    }
  }

  private void images(ImageInspection images) throws IOException {
    json.writeStartObject();
    ImageDirectory newest = images.chain().get(0);
    json.writeStringField("directory", newest.path().toString());
    json.writeArrayFieldStart("parents");
    for (ImageDirectory parent : images.chain().subList(1, images.chain().size())) {
      json.writeString(parent.path().toString());
    }
    json.writeEndArray();
    json.writeArrayFieldStart("tasks");
    for (TaskInspection task : images.tasks()) {
      task(task);
    }
    json.writeEndArray();
    json.writeArrayFieldStart("sharedMemories");
    for (SharedMemory memory : images.sharedMemories()) {
      sharedMemory(memory);
    }
    json.writeEndArray();
    json.writeArrayFieldStart("problems");
    for (String problem : images.problems()) {
      json.writeString(problem);
    }
    json.writeEndArray();
    json.writeEndObject();
  }

  private void task(TaskInspection inspection) throws IOException {
    ImageTask task = inspection.task();
    json.writeStartObject();
    json.writeNumberField("pid", task.pid());
    json.writeNumberField("ppid", task.ppid());
    json.writeNumberField("pgid", task.pgid());
    json.writeNumberField("sid", task.sid());
    json.writeStringField("comm", task.comm());
    json.writeStringField("state", task.state().name().toLowerCase(Locale.ROOT));
    json.writeArrayFieldStart("threads");
    for (int thread : task.threads()) {
      json.writeNumber(thread);
    }
    json.writeEndArray();
    if (inspection.pagesFile() != null) {
      memory(inspection);
    }
    json.writeEndObject();
  }

  private void memory(TaskInspection inspection) throws IOException {
    json.writeNumberField("mappedBytes", inspection.mappedBytes());
    pages(inspection.counts(), inspection.zeroPages());
    json.writeNumberField("strayPages", inspection.strayPages());
    fragmentation(inspection.fragmentation());
    pagesFile(inspection.pagesFile());
    json.writeArrayFieldStart("aioRings");
    for (AioRingEntry ring : inspection.aioRings()) {
      json.writeStartObject();
      json.writeStringField("address", address(ring.getId()));
      json.writeNumberField("requests", Integer.toUnsignedLong(ring.getNrReq()));
      json.writeNumberField("bytes", Integer.toUnsignedLong(ring.getRingLen()));
      json.writeEndObject();
    }
    json.writeEndArray();
    RingLines.writeJson(inspection.ioUrings(), json);
    json.writeArrayFieldStart("mappings");
    for (Mapping mapping : inspection.mappings()) {
      mapping(mapping);
    }
    json.writeEndArray();
  }

  private void mapping(Mapping mapping) throws IOException {
    json.writeStartObject();
    json.writeStringField("start", address(mapping.vma().start()));
    json.writeStringField("end", address(mapping.vma().end()));
    json.writeNumberField("bytes", mapping.vma().length());
    json.writeStringField("permissions", mapping.permissions());
    json.writeStringField("kind", mapping.vma().kind());
    json.writeStringField("name", mapping.name());
    json.writeBooleanField("canBeLazy", mapping.vma().canBeLazy());
    pages(mapping.counts(), mapping.zeroPages());
    json.writeEndObject();
  }

  private void pages(PageCounts counts, long zeroPages) throws IOException {
    json.writeObjectFieldStart("pages");
    for (PageKind kind : PageKind.values()) {
      json.writeNumberField(kind.name().toLowerCase(Locale.ROOT), counts.of(kind));
    }
    json.writeNumberField("zero", zeroPages);
    json.writeEndObject();
  }

  private void sharedMemory(SharedMemory memory) throws IOException {
    json.writeStartObject();
    json.writeStringField("id", Long.toUnsignedString(memory.id()));
    fragmentation(memory.fragmentation());
    pagesFile(memory.pagesFile());
    json.writeEndObject();
  }

  private void fragmentation(Fragmentation fragmentation) throws IOException {
    json.writeObjectFieldStart("pagemap");
    json.writeNumberField("entries", fragmentation.entries());
    json.writeNumberField("pages", fragmentation.pages());
    json.writeArrayFieldStart("histogram");
    for (int n = 0; n < fragmentation.classes(); n++) {
      json.writeStartObject();
      json.writeNumberField("fromPages", 1L << n);
      json.writeNumberField("toPages", (2L << n) - 1);
      json.writeNumberField("entries", fragmentation.entriesOfClass(n));
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeEndObject();
  }

  private void pagesFile(PagesFileState file) throws IOException {
    json.writeObjectFieldStart("pagesFile");
    json.writeStringField("path", file.path().toString());
    if (file.sizeBytes() >= 0) {
      json.writeNumberField("bytes", file.sizeBytes());
    } else {
      json.writeNullField("bytes");
    }
    json.writeNumberField("neededBytes", file.neededBytes());
    json.writeEndObject();
  }

  private static String address(long address) {
    return "0x" + Long.toHexString(address);
  }
}
