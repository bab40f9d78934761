package io.criulazy.client.dump;

import io.criulazy.client.dump.memory.SysvSegments;
import io.criulazy.client.sys.SyscallNumbers;
import io.criulazy.client.trace.InterruptedCalls;
import io.criulazy.client.trace.TracedProcess;
import io.criulazy.client.trace.TracedThread;
import io.criulazy.client.trace.TracedTree;
import io.criulazy.client.trace.Tracer;
import io.criulazy.daemon.receive.Staging;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * Our own engine: dumps x86-64 processes without a criu, into images that criu restores too. What
 * it does not cover it refuses before it touches anything. One dump at a time and object.
 */
public final class NativeDump implements DumpEngine {
  /** Of {@link #name}. */
  public static final String NAME = "native";

  private static final List<Integer> NOT_REPEATED_BY_THE_KERNEL =
      List.of(
          SyscallNumbers.EPOLL_WAIT,
          SyscallNumbers.EPOLL_PWAIT,
          SyscallNumbers.EPOLL_PWAIT2,
          SyscallNumbers.RT_SIGTIMEDWAIT,
          SyscallNumbers.IO_GETEVENTS);

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public List<String> refusals(DumpRequest request) throws IOException {
    List<String> refusals = new ArrayList<>();
    NativeDumpOptions options = NativeDumpOptions.of(request);
    for (String option : options.unknown()) {
      refusals.add("it does not know criu's option " + option);
    }
    refusals.addAll(TreeSurvey.of(request.pid(), options).refusals());
    return refusals;
  }

  @Override
  public void dump(DumpRequest request) throws IOException {
    Kill killed;
    StoppedStates stopped = StoppedStates.of(request.pid());
    try (DumpLog log = new DumpLog(request.log(), request.verbosity());
        Staging staging = Staging.in(request.imagesDir());
        Tracer tracer = Tracer.start();
        TracedTree tree = tracer.seizeTree(request.pid())) {
      log.say("process %d: %d processes are stopped", request.pid(), tree.processes().size());
      List<SysvSegments.Segment> segments =
          tracer.run(
              () -> {
                repeatInterruptedCalls(tree);
                NativeDumpOptions options = NativeDumpOptions.of(request);
                return new TreeDump(tree, staging.resolve(""), stopped, options, log).write();
              });
      staging.publish(namesIn(staging.resolve("")));
      if (request.leaveRunning()) {
        killed = Kill.none();
      } else {
        SysvSegments.removeAll(segments);
        killed = Kill.all(tree);
      }
      log.say("process %d: dumped into %s", request.pid(), request.imagesDir());
    }
    killed.await();
  }

  /** Neither who is left running nor who is restored is to see that it was stopped. */
  private static void repeatInterruptedCalls(TracedTree tree) throws IOException {
    for (TracedProcess process : tree.processes()) {
      for (TracedThread thread : process.threads()) {
        InterruptedCalls.repeat(thread, NOT_REPEATED_BY_THE_KERNEL);
      }
    }
  }

  /** The inventory last: a directory without one is not taken for images. */
  private static List<String> namesIn(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".img"))
          .sorted(Comparator.comparing("inventory.img"::equals))
          .toList();
    }
  }
}
