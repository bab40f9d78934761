package io.criulazy.client.testing;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Our own program where bpf(2) is refused. What it restores would be refused that, too. */
public final class WithoutBpf {
  private WithoutBpf() {}

  /** Runs it to its end. */
  public static Command.Outcome run(String... arguments) {
    List<String> words = new ArrayList<>(List.of(CProgram.build("without-bpf").toString()));
    words.add(Requirement.DISTRIBUTION.path().resolve("bin/criu-lazy").toString());
    words.addAll(List.of(arguments));
    Map<String, String> environment = Map.of("CRIU", Requirement.CRIU.path().toString());
    return Command.run(Path.of("/"), Budget.ofSeconds(60), environment, words);
  }
}
