package io.criulazy.client.cli;

import io.criulazy.client.cli.CriuOption.Argument;
import java.util.ArrayList;
import java.util.List;

/**
 * The options of criu (4.1 to 4.2) that mean nothing to a daemon that only delivers pages.
 *
 * <p>Scripts hand one set of options to all criu commands, so they are taken with their arguments
 * and reported. Names and arities are those of criu's {@code --help}.
 */
final class ForeignOptions {

  private static final String FLAGS =
      "leave-stopped:s leave-running:R enable-external-sharing enable-external-masters exec-cmd"
          + " all";

  private static final String NEGATABLE_FLAGS =
      "restore-sibling:S tcp-established log-pid evasive-devices link-remap shell-job:j"
          + " file-locks:l track-mem auto-dedup force-irmap extra experimental skip-in-flight"
          + " deprecated display-stats weak-sysctls tcp-close stream skip-file-rwx-check"
          + " mntns-compat-mode unprivileged ghost-fiemap allow-uprobes";

  private static final String WITH_ARGUMENT =
      "tree:t join-ns:J root:r close veth-pair action-script prev-images-dir libdir:L"
          + " ext-mount-map:M cgroup-root inherit-fd feature skip-mnt enable-fs freeze-cgroup"
          + " ghost-limit irmap-scan-path lsm-profile timeout external empty-ns cgroup-props"
          + " cgroup-props-file cgroup-dump-controller cgroup-yard pre-dump-mode file-validation"
          + " lsm-mount-context network-lock";

  private static final String WITH_OPTIONAL_ARGUMENT = "ext-unix-sk:x cpu-cap manage-cgroups";

  private ForeignOptions() {}

  static List<CriuOption> all() {
    List<CriuOption> options = new ArrayList<>();
    add(options, FLAGS, Argument.NONE, false);
    add(options, NEGATABLE_FLAGS, Argument.NONE, true);
    add(options, WITH_ARGUMENT, Argument.REQUIRED, false);
    add(options, WITH_OPTIONAL_ARGUMENT, Argument.OPTIONAL, false);
    return options;
  }

  private static void add(
      List<CriuOption> options, String names, Argument argument, boolean negatable) {
    for (String name : names.split(" ")) {
      int colon = name.indexOf(':');
      options.add(
          new CriuOption(
              colon < 0 ? name : name.substring(0, colon),
              colon < 0 ? CriuOption.NO_LETTER : name.charAt(colon + 1),
              argument,
              negatable,
              "",
              null));
    }
  }
}
