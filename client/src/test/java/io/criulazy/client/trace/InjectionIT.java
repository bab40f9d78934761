package io.criulazy.client.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.criulazy.client.sys.Errno;
import io.criulazy.client.sys.SyscallNumbers;
import io.criulazy.client.testing.Budget;
import io.criulazy.client.testing.Needs;
import io.criulazy.client.testing.Requirement;
import io.criulazy.client.testing.Stranger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Threads in the middle of everything make calls for us and do not notice. */
@Needs({Requirement.KERNEL, Requirement.GCC})
class InjectionIT {
  private static final int CALLS = Integer.getInteger("criu-lazy.it.injections", 1000);
  private static final int ROUNDS = Integer.getInteger("criu-lazy.it.injection-rounds", 20);
  private static final Duration LIMIT = Duration.ofSeconds(5);

  /** {@code lea rax, [rdi + rsi]; push rax; pop rax; int3}. */
  private static final byte[] ADDS = HexFormat.of().parseHex("488d04375058cc");

  /** {@code mov rax, [0]}. */
  private static final byte[] FAULTS = HexFormat.of().parseHex("488b042500000000cc");

  /** {@code jmp .}. */
  private static final byte[] HANGS = HexFormat.of().parseHex("ebfe");

  @TempDir Path directory;

  private Tracer tracer;

  @BeforeEach
  void startTracer() {
    tracer = Tracer.start();
  }

  @AfterEach
  void endTracer() throws Exception {
    tracer.close();
  }

  @Test
  void eachThreadMakesCallsAndNoticesNothing() throws Exception {
    try (Stranger victim = Stranger.start(directory, "strained")) {
      for (int round = 0; round < ROUNDS; round++) {
        try (TracedProcess process = tracer.seize(victim.pid())) {
          assertThat(process.threads()).hasSize(10);
          tracer.run(() -> makeCalls(process, CALLS / ROUNDS));
        }
        Thread.sleep(5);
      }
      Thread.sleep(500); // the long sleep comes to its end
      victim.finishUnharmed();
      assertThat(victim.verdict().own(1)).isGreaterThan(2);
    }
  }

  private static Void makeCalls(TracedProcess process, int count) throws java.io.IOException {
    for (TracedThread thread : process.threads()) {
      for (int i = 0; i < count; i++) {
        assertThat(thread.call(SyscallNumbers.GETTID)).isEqualTo(thread.tid());
      }
      assertThat(thread.call(SyscallNumbers.CLOSE, 999_999)).isEqualTo(-Errno.EBADF);
      try (Scratch scratch = Scratch.allocate(thread, 100)) {
        scratch.write(8, new byte[] {1, 2, 3});
        assertThat(scratch.read(7, 5)).containsExactly(0, 1, 2, 3, 0);
      }
    }
    return null;
  }

  @Test
  void signalsWaitInTheQueueAndAreCountedAfterwards() throws Exception {
    try (Stranger victim = Stranger.start(directory, "strained")) {
      try (TracedProcess process = tracer.seize(victim.pid())) {
        for (int i = 0; i < 20; i++) {
          victim.signal("RTMIN");
          tracer.run(() -> makeCalls(process, 2));
        }
        assertThat(victim.verdict().own(0)).isZero();
      }
      Budget.ofSeconds(5)
          .await("all signals", () -> victim.verdict().own(0) == 20, victim.verdict()::toString);
      victim.finishUnharmed();
    }
  }

  @Test
  void aStopThatComesInBetweenIsCarriedOutAfterwards() throws Exception {
    try (Stranger victim = Stranger.start(directory, "strained")) {
      try (TracedProcess process = tracer.seize(victim.pid())) {
        victim.signal("STOP");
        tracer.run(() -> makeCalls(process, 5));
      }
      Budget.ofSeconds(5).await("it is stopped", () -> victim.state().equals("T"), victim::state);
      try (TracedProcess process = tracer.seize(victim.pid())) {
        tracer.run(() -> makeCalls(process, 5));
      }
      Budget.ofSeconds(5)
          .await("it is stopped again", () -> victim.state().equals("T"), victim::state);
      victim.signal("CONT");
      victim.finishUnharmed();
    }
  }

  @Test
  void stubsRunEvenWhereTheTrapIsIgnored() throws Exception {
    try (Stranger victim = Stranger.start(directory, "strained", "ignore-sigtrap=1")) {
      try (TracedProcess process = tracer.seize(victim.pid())) {
        for (TracedThread thread : process.threads()) {
          try (Scratch stack = Scratch.allocate(thread, 4096);
              Scratch code = Scratch.withCode(thread, ADDS)) {
            assertThat(thread.runStub(LIMIT, code.address(), stack.end(), 40, 2)).isEqualTo(42);
          }
        }
      }
      victim.finishUnharmed();
    }
  }

  @Test
  void aStubThatFaultsOrHangsIsAnErrorAndLeavesTheProcessAsItWas() throws Exception {
    try (Stranger victim = Stranger.start(directory, "strained")) {
      List<String> maps = mappings(victim);
      try (TracedProcess process = tracer.seize(victim.pid())) {
        for (TracedThread thread : process.threads()) {
          assertThatThrownBy(() -> runStub(thread, FAULTS, LIMIT))
              .isInstanceOf(TraceException.class)
              .hasMessageContaining("stopped by signal 11")
              .hasMessageContaining("thread " + thread.tid());
          assertThatThrownBy(() -> runStub(thread, HANGS, Duration.ofMillis(20)))
              .hasMessageContaining("within 20 ms");
        }
        assertThatThrownBy(() -> process.leader().call(Duration.ofMillis(20), 34)) // pause()
            .hasMessageContaining("system call 34 has not come to its end");
        assertThat(process.leader().call(SyscallNumbers.GETPID)).isEqualTo(victim.pid());
      }
      assertThat(mappings(victim)).isEqualTo(maps);
      victim.finishUnharmed();
    }
  }

  private static long runStub(TracedThread thread, byte[] stub, Duration limit) throws Exception {
    try (Scratch stack = Scratch.allocate(thread, 4096);
        Scratch code = Scratch.withCode(thread, stub)) {
      return thread.runStub(limit, code.address(), stack.end());
    }
  }

  private static List<String> mappings(Stranger victim) throws Exception {
    return Files.readAllLines(Path.of("/proc/" + victim.pid() + "/maps"));
  }

  @Test
  void aProcessThatIsKilledInBetweenIsAnErrorWithItsName() throws Exception {
    try (Stranger victim = Stranger.start(directory, "strained")) {
      TracedProcess process = tracer.seize(victim.pid());
      process.leader().call(SyscallNumbers.GETPID);
      victim.signal("KILL");
      Budget.ofSeconds(5)
          .await(
              "it is found dead",
              () -> fails(process.leader()),
              () -> "process " + victim.pid() + " " + victim.state());
      assertThatThrownBy(() -> process.leader().call(SyscallNumbers.GETPID))
          .isInstanceOf(TraceException.class)
          .hasMessageContaining("thread " + victim.pid() + " of process " + victim.pid())
          .hasMessageContaining("has ended");
      process.close();
    }
  }

  private static boolean fails(TracedThread thread) {
    try {
      thread.call(SyscallNumbers.GETPID);
      return false;
    } catch (java.io.IOException e) {
      return true;
    }
  }

  @Test
  void tellsWhoElseIsTracing() throws Exception {
    try (Stranger victim = Stranger.start(directory, "strained");
        Tracer other = Tracer.start();
        TracedProcess held = other.seize(victim.pid())) {
      assertThatThrownBy(() -> tracer.seize(held.pid()))
          .hasMessageContaining("can't trace thread " + victim.pid())
          .hasMessageContaining(" is tracing it");
    }
  }

  @Test
  void aWholeTreeIsStopped() throws Exception {
    try (Stranger victim = Stranger.start(directory, "tree");
        TracedTree tree = tracer.seizeTree(victim.pid())) {
      assertThat(tree.processes()).hasSizeGreaterThan(1);
      for (TracedProcess process : tree.processes()) {
        assertThat(process.leader().call(SyscallNumbers.GETPID)).isEqualTo(process.pid());
        assertThat(process.leader().call(SyscallNumbers.GETPPID))
            .isEqualTo(
                tree.parentOf(process.pid()) == 0
                    ? process.leader().call(SyscallNumbers.GETPPID)
                    : tree.parentOf(process.pid()));
      }
    }
  }
}
