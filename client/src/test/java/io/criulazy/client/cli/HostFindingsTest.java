package io.criulazy.client.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.criulazy.client.cli.Finding.State;
import io.criulazy.client.sys.Errno;
import io.criulazy.client.sys.KernelFeatures;
import io.criulazy.client.sys.Uffd;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What check says about machines that this one is not. */
class HostFindingsTest {

  private static final long ALL_EVENTS =
      Uffd.FEATURE_EVENT_FORK
          | Uffd.FEATURE_EVENT_REMAP
          | Uffd.FEATURE_EVENT_REMOVE
          | Uffd.FEATURE_EVENT_UNMAP;

  @TempDir private Path machine;

  @BeforeEach
  void describeAGoodMachine() throws IOException {
    proc("self/status", "Name:\tcat\nCapEff:\t000001ffffffffff\n");
    proc(
        "self/limits",
        "Max open files            1024                 4096                 files\n");
    proc("sys/vm/unprivileged_userfaultfd", "0\n");
    proc("sys/kernel/yama/ptrace_scope", "1\n");
    proc("sys/fs/pipe-user-pages-soft", "0\n");
    proc("sys/fs/aio-max-nr", "65536\n");
    proc("sys/fs/aio-nr", "0\n");
  }

  @Test
  void findsNothingWrongWithAGoodMachine() throws IOException {
    program("criu", "echo 'Version: 4.1.1'");
    assertThat(findings()).extracting(Finding::state).containsOnly(State.OK);
  }

  @Test
  void missesTheRightToTrace() throws IOException {
    proc("self/status", "CapEff:\t0000000000000000\n");
    assertState("CAP_SYS_PTRACE", State.MISSING, "not held");
    assertState("CAP_SYS_ADMIN", State.WARNING, "not held");
  }

  @Test
  void missesWhatYamaForbids() throws IOException {
    proc("sys/kernel/yama/ptrace_scope", "3\n");
    assertState("kernel.yama.ptrace_scope", State.MISSING, "3: nobody may trace");
    Files.delete(machine.resolve("sys/kernel/yama/ptrace_scope"));
    assertThat(findings()).extracting(Finding::name).doesNotContain("kernel.yama.ptrace_scope");
  }

  @Test
  void warnsAboutLimitsThatOnlySomeRestoresMeet() throws IOException {
    proc(
        "self/limits",
        "Max open files            64                   100                  files\n");
    proc("sys/fs/pipe-user-pages-soft", "16384\n");
    proc("sys/fs/aio-nr", "65000\n");
    assertState("RLIMIT_NOFILE", State.WARNING, "64, at most 100");
    assertState("fs.pipe-user-pages-soft", State.WARNING, "16384");
    assertState("fs.aio-max-nr", State.WARNING, "65000 of 65536 in use");
  }

  @Test
  void warnsAboutACriuThatIsMissingOrOldOrBroken() throws IOException {
    assertState("criu", State.WARNING, "none in CRIU or PATH");
    program("criu", "echo 'Version: 3.17.1'");
    assertState("criu", State.WARNING, "3.17.1 in " + machine.resolve("bin/criu"));
    program("criu", "echo cannot load libnet >&2; exit 1");
    assertState("criu", State.WARNING, machine.resolve("bin/criu") + " does not tell its version");
  }

  @Test
  void tellsAKernelWithoutUserfaultfdFromOneThatForbidsIt() {
    Finding forbidden = KernelFindings.of(kernel(0, Errno.EPERM)).get(0);
    assertThat(forbidden.state()).isEqualTo(State.MISSING);
    assertThat(forbidden.advice()).contains("CAP_SYS_PTRACE", "seccomp");
    Finding absent = KernelFindings.of(kernel(0, Errno.ENOSYS)).get(0);
    assertThat(absent.advice()).contains("CONFIG_USERFAULTFD");
  }

  @Test
  void missesEachEventButOnlyWarnsAboutPoison() {
    assertThat(KernelFindings.of(kernel(ALL_EVENTS, 0)))
        .filteredOn(finding -> finding.state() != State.OK)
        .extracting(Finding::name, Finding::state)
        .containsExactly(tuple("UFFDIO_POISON", State.WARNING));
    assertThat(KernelFindings.of(kernel(ALL_EVENTS & ~Uffd.FEATURE_EVENT_REMAP, 0)))
        .filteredOn(finding -> finding.state() == State.MISSING)
        .extracting(Finding::name)
        .containsExactly("userfaultfd remap event");
  }

  @Test
  void writesJsonThatHoldsAnyText() {
    assertThat(Finding.missing("g", "n", "a \"b\" \\c", "tab\tline\n").toJson())
        .isEqualTo(
            "{\"group\":\"g\",\"name\":\"n\",\"state\":\"missing\","
                + "\"detail\":\"a \\\"b\\\" \\\\c\",\"advice\":\"tab\\u0009line\\u000a\"}");
  }

  private static KernelFeatures kernel(long features, int errno) {
    return new KernelFeatures(features, errno, true, true, true);
  }

  private void assertState(String name, State state, String detail) throws IOException {
    assertThat(findings())
        .filteredOn(finding -> finding.name().equals(name))
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.state()).isEqualTo(state);
              assertThat(finding.detail()).isEqualTo(detail);
              assertThat(finding.advice()).isNotEmpty();
            });
  }

  private List<Finding> findings() throws IOException {
    return HostFindings.of(machine, Map.of("PATH", machine.resolve("bin").toString()));
  }

  private void proc(String file, String text) throws IOException {
    Path path = machine.resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, text);
  }

  private void program(String name, String script) throws IOException {
    proc("bin/" + name, "#!/bin/sh\n" + script + "\n");
    Files.setPosixFilePermissions(
        machine.resolve("bin/" + name), PosixFilePermissions.fromString("rwx------"));
  }
}
