package io.criulazy.client.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.criulazy.client.testing.Budget;
import io.criulazy.client.testing.Command;
import io.criulazy.client.testing.Needs;
import io.criulazy.client.testing.Requirement;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A job of an interactive shell, dumped and restored in another terminal: reads, writes, Ctrl-C and
 * Ctrl-D are that terminal's. {@code shell_job.py} types and looks.
 */
@Needs({Requirement.KERNEL, Requirement.PYTHON, Requirement.DISTRIBUTION})
class ShellJobIT {
  @TempDir Path scratch;

  @Test
  void goesOnInAnotherTerminal() {
    Command.Outcome outcome =
        Command.run(
            scratch,
            Budget.ofSeconds(120),
            Map.of(),
            List.of(
                Requirement.PYTHON.path().toString(),
                Path.of("src/test/python/shell_job.py").toAbsolutePath().toString(),
                Requirement.DISTRIBUTION.path().resolve("bin/criu-lazy").toString(),
                scratch.toString(),
                "--engine native --shell-job",
                "--engine native --shell-job --lazy-pages"));
    assertThat(outcome.exitCode()).as(outcome.output()).isZero();
  }
}
