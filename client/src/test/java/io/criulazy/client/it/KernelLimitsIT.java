package io.criulazy.client.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.criulazy.client.testing.CProgram;
import io.criulazy.client.testing.Needs;
import io.criulazy.client.testing.Requirement;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The kernel does what docs/limits.md says; when it no longer does, the page has to change. */
@Needs({Requirement.KERNEL, Requirement.GCC})
class KernelLimitsIT {
  private static final String MOVE = "mremap over several VMAs: ";

  @Test
  void theDocumentedLimitsAreThoseOfTheKernel() throws IOException {
    List<String> documented =
        Files.readAllLines(Path.of("../docs/limits.md")).stream()
            .filter(line -> line.startsWith("| ") && !line.startsWith("| -"))
            .skip(1)
            .map(line -> line.split(" *\\| *"))
            .map(cell -> cell[1] + ": " + cell[2] + ", " + cell[3])
            .map(line -> line.startsWith(MOVE) && !movesSeveral() ? MOVE + "EFAULT, EFAULT" : line)
            .toList();
    assertThat(CProgram.run("limits").lines().toList())
        .isNotEmpty()
        .containsExactlyElementsOf(documented);
  }

  /** Linux 6.17 and later. */
  private static boolean movesSeveral() {
    String[] release = System.getProperty("os.version").split("[.-]");
    int major = Integer.parseInt(release[0]);
    return major > 6 || major == 6 && Integer.parseInt(release[1]) >= 17;
  }
}
