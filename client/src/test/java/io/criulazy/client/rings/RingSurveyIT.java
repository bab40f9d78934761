package io.criulazy.client.rings;

import static org.assertj.core.api.Assertions.assertThat;

import io.criulazy.client.bpf.Kernel;
import io.criulazy.client.sys.Errno;
import io.criulazy.client.sys.EventFd;
import io.criulazy.client.sys.NativeBuffer;
import io.criulazy.client.sys.SyscallNumbers;
import io.criulazy.client.sys.SystemCall;
import io.criulazy.client.testing.Budget;
import io.criulazy.client.testing.Needs;
import io.criulazy.client.testing.Requirement;
import io.criulazy.client.testing.Stranger;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is read in the kernel is what the kernel tells where it tells anything. */
@Needs({Requirement.KERNEL, Requirement.GCC})
class RingSurveyIT {
  @TempDir Path directory;

  @Test
  void agreesWithFdinfo() throws Exception {
    try (Stranger victim =
            Stranger.start(directory, "rings", "flags=0", "state=unreaped", "registered=1");
        FoundProcess process = FoundProcess.of(victim.pid());
        Kernel kernel = Kernel.open()) {
      process.lookInto(kernel);
      FoundRing ring = process.rings().get(0);
      KernelRing known = ring.kernelRing();
      Map<String, String> told = fdinfo(ring);
      assertThat(known.cachedSqHead()).isEqualTo(number(told, "CachedSqHead"));
      assertThat(known.cachedCqTail()).isEqualTo(number(told, "CachedCqTail"));
      assertThat(known.memoryWord(Uring.SQ_TAIL)).isEqualTo(number(told, "SqTail"));
      assertThat(known.memoryWord(Uring.CQ_HEAD)).isEqualTo(number(told, "CqHead"));
      assertThat(known.sqEntries()).isEqualTo(number(told, "SqMask", 16) + 1);
      assertThat(known.cqEntries()).isEqualTo(number(told, "CqMask", 16) + 1);
      assertThat(known.bufferSlots()).isEqualTo(number(told, "UserBufs"));
      assertThat(known.fileSlots()).isEqualTo(number(told, "UserFiles"));
      assertThat(known.files()).singleElement().matches(file -> file.slot() == 1);
      assertThat(known.inFlight()).isZero();
      victim.finishUnharmed();
    }
  }

  /** A second eventfd is refused where there is one. */
  @Test
  void agreesWithProbes() throws Exception {
    try (Stranger victim =
            Stranger.start(directory, "rings", "flags=0", "state=idle", "registered=1");
        FoundProcess process = FoundProcess.of(victim.pid());
        Kernel kernel = Kernel.open();
        EventFd another = new EventFd()) {
      process.lookInto(kernel);
      FoundRing ring = process.rings().get(0);
      NativeBuffer number = new NativeBuffer(4).putInt(0, another.fd());
      long refused =
          SystemCall.call(
              SyscallNumbers.IO_URING_REGISTER,
              ring.ownFd(),
              Uring.REGISTER_EVENTFD,
              number.address(),
              1);
      assertThat(refused).isEqualTo(-Errno.EBUSY);
      assertThat(ring.kernelRing().eventfd()).isNotNull();
      victim.finishUnharmed();
    }
  }

  /** All that probes tell without BPF, of rings of many kinds. */
  @ParameterizedTest
  @CsvSource({
    "flags=0, unreaped, 0",
    "flags=0, overflow, 0",
    "flags=2, idle, 2",
    "flags=0x1000, chain, 0x1000",
    "flags=0x3000, idle, 0x3000",
    "flags=0xc00, unreaped, 0"
  })
  void probesTellTheSame(String flags, String state, String shown) throws Exception {
    try (Stranger victim =
            Stranger.start(directory, "rings", flags, "state=" + state, "registered=1");
        FoundProcess process = FoundProcess.of(victim.pid());
        Kernel kernel = Kernel.open()) {
      FoundRing ring = process.rings().get(0);
      assertThat(RingReport.of(ring, process))
          .matches(report -> report.submitted() >= 1000 && report.files() == 1)
          .matches(report -> report.flags().startsWith(RingFlags.describe(Integer.decode(shown))));
      process.lookInto(kernel);
      RingProbes probes = RingProbes.of(ring).orElseThrow();
      assertThat(probes.flags()).isEqualTo(Integer.decode(shown));
      assertThat(probes.differences(ring.kernelRing())).isEmpty();
      assertThat(probes.buffers()).hasSize(2);
      victim.finishUnharmed();
    }
  }

  @Test
  void reportsWhileTheProcessRuns() throws Exception {
    try (Stranger victim = Stranger.start(directory, "rings", "flags=4096", "state=overflow")) {
      try (RingSurvey survey = RingSurvey.of(List.of(victim.pid()), RingSurvey.PUMP_LIMIT)) {
        assertThat(survey.report())
            .singleElement()
            .matches(ring -> ring.flags().equals("SINGLE_ISSUER"))
            .matches(ring -> ring.owner() == victim.pid())
            .matches(ring -> ring.overflow() == 5)
            .matches(ring -> ring.addresses().size() == 2);
      }
      victim.finishUnharmed();
    }
  }

  @Test
  void aProcessWithoutRingsNeedsNoLook() throws IOException {
    try (RingSurvey survey =
        RingSurvey.of(List.of((int) ProcessHandle.current().pid()), RingSurvey.PUMP_LIMIT)) {
      assertThat(survey.hasRings()).isFalse();
      assertThat(survey.refusals()).isEmpty();
      assertThat(survey.kernel()).isNull();
    }
  }

  /** All or nothing: it leaves the ring out while somebody has it locked. */
  private static Map<String, String> fdinfo(FoundRing ring) {
    Map<String, String> told = new HashMap<>();
    Path file = Path.of("/proc/" + ring.pid() + "/fdinfo/" + ring.fd());
    Budget.ofSeconds(20)
        .await(
            "fdinfo tells",
            () -> {
              read(file, told);
              return told.containsKey("SqMask");
            },
            told::toString);
    return told;
  }

  private static void read(Path file, Map<String, String> told) {
    try {
      for (String line : Files.readAllLines(file)) {
        int colon = line.indexOf(':');
        if (colon > 0) {
          told.putIfAbsent(line.substring(0, colon), line.substring(colon + 1).strip());
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static int number(Map<String, String> told, String key) {
    return number(told, key, 10);
  }

  private static int number(Map<String, String> told, String key, int radix) {
    String text = told.get(key);
    return Integer.parseUnsignedInt(text.startsWith("0x") ? text.substring(2) : text, radix);
  }
}
