package io.criulazy.client.cli;

import io.criulazy.client.sys.Errno;
import io.criulazy.client.sys.KernelFeatures;
import io.criulazy.client.sys.Uffd;
import java.util.ArrayList;
import java.util.List;

/**
 * What the kernel's features mean for a lazy restore. A pure function of {@link KernelFeatures}.
 */
final class KernelFindings {

  private static final String GROUP = "kernel";

  private KernelFindings() {}

  static List<Finding> of(KernelFeatures kernel) {
    List<Finding> findings = new ArrayList<>();
    findings.add(userfaultfd(kernel));
    if (kernel.hasUserfaultfd()) {
      findings.add(event(kernel, Uffd.FEATURE_EVENT_FORK, "fork"));
      findings.add(event(kernel, Uffd.FEATURE_EVENT_REMAP, "remap"));
      findings.add(event(kernel, Uffd.FEATURE_EVENT_REMOVE, "remove"));
      findings.add(event(kernel, Uffd.FEATURE_EVENT_UNMAP, "unmap"));
      findings.add(
          optional(
              kernel.hasUffd(Uffd.FEATURE_POISON),
              "UFFDIO_POISON",
              "Linux 6.6 has it: without it a process whose pages are lost can only be stopped"
                  + " whole, instead of getting SIGBUS where it touches one"));
    }
    findings.add(
        optional(
            kernel.pidfdGetfd(),
            "pidfd_getfd",
            "Linux 5.6 has it: without it no other daemon can take a restore over"));
    findings.add(
        optional(
            kernel.pagemapScan(),
            "PAGEMAP_SCAN",
            "Linux 6.7 has it: without it a dump looks for pages more slowly, and writes zeros, too"));
    findings.add(
        optional(kernel.memfd(), "memfd_create", "Linux 3.17 has it: build it in (MEMFD_CREATE)"));
    return findings;
  }

  private static Finding userfaultfd(KernelFeatures kernel) {
    if (kernel.hasUserfaultfd()) {
      return Finding.ok(GROUP, "userfaultfd", "works");
    }
    String why = Errno.describe(kernel.uffdErrno());
    if (kernel.uffdErrno() == Errno.EPERM) {
      return Finding.missing(
          GROUP,
          "userfaultfd",
          why,
          "run as root, or with CAP_SYS_PTRACE; in a container allow the system call in its"
              + " seccomp profile");
    }
    return Finding.missing(
        GROUP, "userfaultfd", why, "use a kernel with CONFIG_USERFAULTFD=y, Linux 4.11 or later");
  }

  private static Finding event(KernelFeatures kernel, long bit, String event) {
    String name = "userfaultfd " + event + " event";
    return kernel.hasUffd(bit)
        ? Finding.ok(GROUP, name, "there")
        : Finding.missing(GROUP, name, "not there", "use Linux 4.11 or later");
  }

  private static Finding optional(boolean there, String name, String advice) {
    return there
        ? Finding.ok(GROUP, name, "there")
        : Finding.warning(GROUP, name, "not there", advice);
  }
}
