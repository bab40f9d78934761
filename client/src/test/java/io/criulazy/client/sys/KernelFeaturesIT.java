package io.criulazy.client.sys;

import static org.assertj.core.api.Assertions.assertThat;

import io.criulazy.client.testing.Needs;
import io.criulazy.client.testing.Requirement;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

@Needs(Requirement.KERNEL)
class KernelFeaturesIT {

  @Test
  void findsWhatThisKernelHasAndLeavesNoDescriptorOpen() throws Exception {
    KernelFeatures.probe();
    long before = openDescriptors();
    KernelFeatures kernel = KernelFeatures.probe();
    assertThat(openDescriptors()).isEqualTo(before);
    assertThat(kernel.hasUserfaultfd()).isTrue();
    assertThat(kernel.hasUffd(Uffd.FEATURE_EVENT_FORK | Uffd.FEATURE_EVENT_REMAP)).isTrue();
    assertThat(kernel.hasUffd(1L << 62)).isFalse();
    assertThat(kernel.memfd()).isTrue();
    assertThat(kernel.pidfdGetfd()).isEqualTo(isAtLeast(5, 6));
    assertThat(kernel.pagemapScan()).isEqualTo(isAtLeast(6, 7));
    assertThat(kernel.hasUffd(Uffd.FEATURE_POISON)).isEqualTo(isAtLeast(6, 6));
  }

  private static boolean isAtLeast(int major, int minor) {
    String[] version = System.getProperty("os.version").split("[^0-9]+");
    int ownMajor = Integer.parseInt(version[0]);
    return ownMajor > major || ownMajor == major && Integer.parseInt(version[1]) >= minor;
  }

  private static long openDescriptors() throws Exception {
    try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
      return descriptors.count();
    }
  }
}
