package io.criulazy.client.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.criulazy.client.testing.CriuRun;
import io.criulazy.client.testing.Needs;
import io.criulazy.client.testing.Requirement;
import io.criulazy.client.testing.RoundTrip;
import io.criulazy.client.testing.Victim;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images with very many entries, and with offsets that need more than 32 bits. */
@Needs({Requirement.KERNEL, Requirement.CRIU, Requirement.GCC, Requirement.DISTRIBUTION})
class LargeImageIT {
  @TempDir Path scratch;

  @Test
  void anEntryForEachOf65536Pages() {
    RoundTrip.lazily(scratch, 60, "pages", "mib=256", "stride=2", "touches=20000");
  }

  @Test
  void aPagesFileBeyond4GiB() throws IOException {
    Path images = RoundTrip.images(scratch);
    try (Victim victim = Victim.start(scratch, "pages", "mib=4224", "touches=5000")) {
      CriuRun.dump(victim, images);
      assertThat(Files.size(images.resolve("pages-1.img"))).isGreaterThan(1L << 32);
      RoundTrip.restoreAndVerify(victim, images, 90);
    }
  }
}
