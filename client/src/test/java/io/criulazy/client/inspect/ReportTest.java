package io.criulazy.client.inspect;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import io.criulazy.client.testing.CommittedImages;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportTest {
  @TempDir private Path directory;

  private String text(Paint paint) throws IOException {
    ImageInspection images =
        ImageInspector.inspect(CommittedImages.copyTo(directory), OptionalInt.empty());
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    TextReport.write(images, new PrintStream(bytes, false, StandardCharsets.UTF_8), paint);
    return bytes.toString(StandardCharsets.UTF_8);
  }

  @Test
  void plainTextIsAscii() throws IOException {
    String text = text(new Paint(false, false));
    assertThat(text).matches("\\p{ASCII}+");
    assertThat(text)
        .startsWith(
            directory + "  3 tasks, 680K of pages\n  584K lazy, 80K eager\n\n1956 tree  alive, 2")
        .contains("\n            4bd000    24K rw-p L...L ")
        .contains(" 384K rw-p LLLLLLLLlLLlL ")
        .contains("\n  AIO ring at 7f1a3603b000: 8K long, io_setup(126) makes such a one\n")
        .contains("\n  pagemap: 42 entries, 83 pages, 2.0 pages an entry\n")
        .contains("\n1960 tree  dead, child of 1956\n")
        .contains("\n  1107: 16K in the image\n")
        .endsWith(
            "\nL lazy   E eager   P in a parent's images   R with the dumping criu"
                + "   . not in images\n");
  }

  @Test
  void coloursTellTheKindAndHeightsHowMuch() throws IOException {
    assertThat(text(new Paint(true, true)))
        .contains("\033[36m█\033[0m lazy   \033[33m█\033[0m eager")
        .contains("\033[33m▁\033[0m\033[2m·\033[0m");
  }

  @Test
  void cellsOfAllDensities() {
    Paint blocks = new Paint(true, true);
    assertThat(blocks.cell(PageKind.LAZY, 0.001)).contains("▁");
    assertThat(blocks.cell(PageKind.LAZY, 0.5)).contains("▄");
    assertThat(blocks.cell(PageKind.LAZY, 1)).contains("█");
    Paint letters = new Paint(false, true);
    assertThat(letters.cell(PageKind.PARENT, 0.49)).isEqualTo("p");
    assertThat(letters.cell(PageKind.PARENT, 0.5)).isEqualTo("P");
    assertThat(letters.cell(null, 0)).isEqualTo("·");
  }

  @Test
  void sizesHaveThreeDigits() {
    assertThat(List.of(0L, 1023L, 4096L, 999L << 10, 1000L << 10, 10L << 30, 127L << 40))
        .extracting(ByteSize::of)
        .containsExactly("0B", "1023B", "4K", "999K", "1M", "10G", "127T");
    assertThat(ByteSize.ofPages(2125)).isEqualTo("8.3M");
  }

  @Test
  void jsonIsOneObject() throws IOException {
    ImageInspection images =
        ImageInspector.inspect(
            CommittedImages.copyTo(directory), OptionalInt.of(CommittedImages.ROOT));
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    JsonReport.write(images, bytes);
    List<String> paths = new ArrayList<>();
    try (JsonParser parser = new JsonFactory().createParser(bytes.toByteArray())) {
      while (parser.nextToken() != null) {
        if (parser.currentToken().isScalarValue()) {
          paths.add(parser.getParsingContext().pathAsPointer() + "=" + parser.getText());
        }
      }
      assertThat(parser.nextToken()).isNull();
    }
    assertThat(paths)
        .contains(
            "/directory=" + directory,
            "/tasks/0/pid=1956",
            "/tasks/0/state=alive",
            "/tasks/0/threads/1=1958",
            "/tasks/0/pages/lazy=73",
            "/tasks/0/pages/eager=10",
            "/tasks/0/pagemap/entries=42",
            "/tasks/0/pagemap/histogram/0/entries=35",
            "/tasks/0/pagesFile/neededBytes=339968",
            "/tasks/0/aioRings/0/address=0x7f1a3603b000",
            "/tasks/0/mappings/0/start=0x400000",
            "/tasks/0/mappings/0/name=/tmp/img-fx/tree",
            "/tasks/0/mappings/15/end=0xffffffffff601000",
            "/sharedMemories/0/id=1107");
    assertThat(paths).noneMatch(path -> path.startsWith("/problems"));
  }
}
