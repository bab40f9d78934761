package io.criulazy.client.cli;

import io.criulazy.client.engine.CriuProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a process may do on this host and what is installed on it.
 *
 * <p>Reads {@code /proc} under a root of its choice, so that a test can show it another machine.
 */
final class HostFindings {

  private static final String RIGHTS = "rights";
  private static final String LIMITS = "limits";
  private static final String PROGRAMS = "programs";

  private static final int CAP_SYS_PTRACE = 19;
  private static final int CAP_SYS_ADMIN = 21;
  private static final int CAP_SYS_RESOURCE = 24;

  private static final long ENOUGH_DESCRIPTORS = 1024;
  private static final long ENOUGH_AIO_REQUESTS = 1024;
  private static final Pattern OPEN_FILES =
      Pattern.compile("^Max open files +(\\S+) +(\\S+)", Pattern.MULTILINE);

  private final Path proc;
  private final Map<String, String> environment;
  private final List<Finding> findings = new ArrayList<>();

  private HostFindings(Path proc, Map<String, String> environment) {
    this.proc = proc;
    this.environment = environment;
  }

  /**
   * @param proc where procfs is mounted
   */
  static List<Finding> of(Path proc, Map<String, String> environment) throws IOException {
    HostFindings host = new HostFindings(proc, environment);
    host.rights();
    host.limits();
    host.programs();
    return host.findings;
  }

  private void rights() throws IOException {
    long effective = effectiveCapabilities();
    capability(
        effective,
        CAP_SYS_PTRACE,
        "CAP_SYS_PTRACE",
        "run as root, or grant it: setpriv, systemd's AmbientCapabilities=, or the container's"
            + " capabilities");
    optionalCapability(
        effective, CAP_SYS_ADMIN, "CAP_SYS_ADMIN", "criu restore itself needs it, or root");
    optionalCapability(
        effective,
        CAP_SYS_RESOURCE,
        "CAP_SYS_RESOURCE",
        "criu then prints a harmless line about RLIMIT_NOFILE, and cannot dump processes of"
            + " other users");
    sysctl("vm/unprivileged_userfaultfd")
        .ifPresent(
            value ->
                findings.add(
                    Finding.ok(
                        RIGHTS,
                        "vm.unprivileged_userfaultfd",
                        value + (value.equals("0") ? " (CAP_SYS_PTRACE is what counts)" : ""))));
    sysctl("kernel/yama/ptrace_scope").ifPresent(this::yama);
  }

  private void yama(String scope) {
    if (scope.equals("3")) {
      findings.add(
          Finding.missing(
              RIGHTS,
              "kernel.yama.ptrace_scope",
              "3: nobody may trace",
              "criu can't work with it; it stays until the next boot: remove it from /etc/sysctl.d"
                  + " and reboot"));
    } else {
      findings.add(Finding.ok(RIGHTS, "kernel.yama.ptrace_scope", scope));
    }
  }

  private void limits() throws IOException {
    Matcher files = OPEN_FILES.matcher(read("self/limits"));
    if (files.find()) {
      String hard = files.group(2);
      boolean enough = hard.equals("unlimited") || Long.parseLong(hard) >= ENOUGH_DESCRIPTORS;
      String detail = files.group(1) + ", at most " + hard;
      findings.add(
          enough
              ? Finding.ok(LIMITS, "RLIMIT_NOFILE", detail)
              : Finding.warning(
                  LIMITS,
                  "RLIMIT_NOFILE",
                  detail,
                  "each restored process takes a descriptor: raise it (ulimit -Hn, LimitNOFILE=)"));
    }
    sysctl("fs/pipe-user-pages-soft").ifPresent(this::pipePages);
    sysctl("fs/aio-max-nr").ifPresent(this::aio);
  }

  private void pipePages(String pages) {
    boolean limited = !pages.equals("0");
    findings.add(
        limited
            ? Finding.warning(
                LIMITS,
                "fs.pipe-user-pages-soft",
                pages,
                "criu's own page server may run out of pipes: sysctl -w fs.pipe-user-pages-soft=0;"
                    + " criu-lazy itself does not need it")
            : Finding.ok(LIMITS, "fs.pipe-user-pages-soft", "0 (unlimited)"));
  }

  private void aio(String max) {
    String used = sysctl("fs/aio-nr").orElse("0");
    boolean room = Long.parseLong(max) - Long.parseLong(used) >= ENOUGH_AIO_REQUESTS;
    findings.add(
        room
            ? Finding.ok(LIMITS, "fs.aio-max-nr", used + " of " + max + " in use")
            : Finding.warning(
                LIMITS,
                "fs.aio-max-nr",
                used + " of " + max + " in use",
                "processes with AIO rings can't be restored: raise fs.aio-max-nr"));
  }

  private void programs() {
    findings.add(
        Finding.ok(
            PROGRAMS, "JDK", Runtime.version() + " in " + System.getProperty("java.home", "?")));
    findings.add(criu());
  }

  private Finding criu() {
    Optional<CriuProgram> criu = CriuProgram.find(null, environment);
    if (criu.isEmpty()) {
      return Finding.warning(
          PROGRAMS,
          "criu",
          "none in CRIU or PATH",
          "install criu 4.1 or later where the restore runs (deploy/criu-from-debian unpacks one)");
    }
    CriuProgram.Version version = criu.get().version();
    if (version.major() < 0) {
      return Finding.warning(
          PROGRAMS, "criu", criu.get().path() + " does not tell its version", version.text());
    }
    String detail = version.text() + " in " + criu.get().path();
    return version.major() >= CriuProgram.FIRST_MAJOR
        ? Finding.ok(PROGRAMS, "criu", detail)
        : Finding.warning(PROGRAMS, "criu", detail, "criu-lazy is tested with criu 4.1 and later");
  }

  private void capability(long effective, int bit, String name, String advice) {
    findings.add(
        has(effective, bit)
            ? Finding.ok(RIGHTS, name, "held")
            : Finding.missing(RIGHTS, name, "not held", advice));
  }

  private void optionalCapability(long effective, int bit, String name, String advice) {
    findings.add(
        has(effective, bit)
            ? Finding.ok(RIGHTS, name, "held")
            : Finding.warning(RIGHTS, name, "not held", advice));
  }

  private static boolean has(long effective, int bit) {
    return (effective >>> bit & 1) == 1;
  }

  private long effectiveCapabilities() throws IOException {
    return read("self/status")
        .lines()
        .filter(line -> line.startsWith("CapEff:"))
        .map(line -> Long.parseUnsignedLong(line.substring(7).strip(), 16))
        .findFirst()
        .orElse(0L);
  }

  private Optional<String> sysctl(String name) {
    try {
      return Optional.of(read("sys/" + name).strip());
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private String read(String file) throws IOException {
    // Not readString, which begins with one byte: a sysctl gives no more after that.
    return String.join("\n", Files.readAllLines(proc.resolve(file)));
  }
}
