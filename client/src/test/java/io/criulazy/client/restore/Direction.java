package io.criulazy.client.restore;

import static org.assertj.core.api.Assertions.assertThat;

import io.criulazy.client.dump.DumpRequest;
import io.criulazy.client.dump.NativeDump;
import io.criulazy.client.testing.Budget;
import io.criulazy.client.testing.CriuRun;
import io.criulazy.client.testing.LazyDaemon;
import java.nio.file.Path;
import java.util.List;

/** Who dumps, and who restores. */
enum Direction {
  CRIU_TO_US,
  US_TO_CRIU,
  US_TO_US;

  /** What has to be right after the restore. */
  @FunctionalInterface
  interface Check {
    void run() throws Exception;
  }

  /** Dumps a process and all below it, which are gone when they are reaped. */
  void dump(int pid, Path images, String... options) throws Exception {
    if (this == CRIU_TO_US) {
      CriuRun.tryDump(pid, images, options).mustSucceed();
      return;
    }
    DumpRequest request =
        new DumpRequest(pid, images, false, images.resolve("dump.log"), 4, List.of(options));
    NativeDump engine = new NativeDump();
    assertThat(engine.refusals(request)).isEmpty();
    engine.dump(request);
  }

  /**
   * Restores, and has it checked; what we have restored is killed at the end.
   *
   * @param lazy with a daemon, which has to end well
   * @param options of criu
   */
  void restore(int pid, Path images, boolean lazy, Check check, String... options)
      throws Exception {
    if (!lazy) {
      restoreAndCheck(pid, images, false, check, options);
      return;
    }
    try (LazyDaemon daemon = LazyDaemon.start(images)) {
      restoreAndCheck(pid, images, true, check, options);
      daemon.mustEndWell(Budget.ofSeconds(30));
    }
  }

  private void restoreAndCheck(int pid, Path images, boolean lazy, Check check, String... options)
      throws Exception {
    if (this == US_TO_CRIU) {
      (lazy ? CriuRun.lazyRestore(images, options) : CriuRun.eagerRestore(images, options))
          .mustSucceed();
      check.run();
      return;
    }
    RestoreRequest request =
        new RestoreRequest(
            images,
            images,
            lazy,
            images.resolve("restore.log"),
            2,
            List.of(options),
            Caller.self(false));
    NativeRestore engine = new NativeRestore();
    assertThat(engine.refusals(request)).isEmpty();
    try (Reaper reaper = new Reaper(engine.restore(request))) {
      assertThat(reaper.pid()).isEqualTo(pid);
      check.run();
    }
  }
}
