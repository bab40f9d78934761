package io.criulazy.client.it;

import io.criulazy.client.testing.Needs;
import io.criulazy.client.testing.Requirement;
import io.criulazy.client.testing.RoundTrip;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Many processes with many threads, and a zombie, which has a pid but no memory. */
@Needs({Requirement.KERNEL, Requirement.CRIU, Requirement.GCC, Requirement.DISTRIBUTION})
class ProcessTreeIT {
  @TempDir Path scratch;

  @Test
  void tenProcessesOfEightThreads() {
    RoundTrip.lazily(scratch, 60, "tree", "procs=10", "threads=8", "kib=2048");
  }

  @Test
  void aTreeWithAZombie() {
    RoundTrip.lazily(scratch, 30, "tree", "procs=3", "threads=2", "zombie=1");
  }
}
