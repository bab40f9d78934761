package io.criulazy.client.dump;

import io.criulazy.client.dump.files.SharedMemories;
import io.criulazy.client.dump.memory.PagesWriter;
import io.criulazy.client.dump.memory.SysvSegments;
import io.criulazy.client.dump.task.ProcessState;
import io.criulazy.client.sys.NativeBuffer;
import io.criulazy.client.sys.SysException;
import io.criulazy.client.sys.SyscallNumbers;
import io.criulazy.client.sys.SystemCall;
import io.criulazy.client.trace.TracedProcess;
import io.criulazy.client.trace.TracedThread;
import io.criulazy.client.trace.TracedTree;
import io.criulazy.client.trace.XsaveLayout;
import io.criulazy.proto.image.ProcessImagesWriter;
import io.criulazy.proto.image.TaskState;
import io.criulazy.proto.image.memory.SysvSegment;
import io.criulazy.proto.image.task.Core;
import io.criulazy.proto.image.task.TaskCore;
import io.criulazy.proto.image.tree.ClockReading;
import io.criulazy.proto.image.tree.Inventory;
import io.criulazy.proto.image.tree.KernelObjectIds;
import io.criulazy.proto.image.tree.Plugins;
import io.criulazy.proto.image.tree.TimeOffsets;
import io.criulazy.proto.image.tree.TreeTask;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.UUID;

/** Writes the images of a stopped tree. On the tracer's thread. */
final class TreeDump {
  private static final int IMAGES_V1_1 = 2;
  private static final int NO_LSM = 0;
  private static final int ROOT_CG_SET = 1;
  private static final int CLOCK_MONOTONIC = 1;
  private static final int CLOCK_BOOTTIME = 7;

  private static final byte[] NOTHING = {};

  private final TracedTree tree;
  private final ProcessImagesWriter images;
  private final StoppedStates stopped;
  private final NativeDumpOptions options;
  private final DumpLog log;
  private int lastPagesId;

  TreeDump(
      TracedTree tree,
      Path directory,
      StoppedStates stopped,
      NativeDumpOptions options,
      DumpLog log) {
    this.options = options;
    this.tree = tree;
    this.images = new ProcessImagesWriter(directory);
    this.stopped = stopped;
    this.log = log;
  }

  /** Returns the System V shared memory that is in the images now. */
  List<SysvSegments.Segment> write() throws IOException {
    TreeSurvey survey = TreeSurvey.of(tree.root().pid(), options);
    if (!survey.refusals().isEmpty()) {
      throw new IOException(
          "can't dump process %d: %s. Use --engine criu"
              .formatted(tree.root().pid(), String.join("; ", survey.refusals())));
    }
    XsaveLayout layout = XsaveLayout.of(tree.root().leader());
    List<TreeTask> tasks = new ArrayList<>();
    int nextId = rootIds().vmId() + 1;
    for (ProcessSurvey process : survey.processes()) {
      TracedProcess traced = traced(process.pid());
      tasks.add(treeTask(process, traced));
      process(process, traced, idsOf(nextId++), layout);
    }
    for (TreeSurvey.Zombie zombie : survey.zombies()) {
      tasks.add(
          new TreeTask(
              zombie.pid(),
              zombie.parent(),
              zombie.stat().pgid(),
              zombie.stat().sid(),
              List.of(zombie.pid())));
      images.core(zombie.pid(), zombieCore(zombie));
    }
    images.tree(tasks);
    files(survey);
    segments(survey.segments().all());
    images.timeOffsets(new TimeOffsets(clock(CLOCK_MONOTONIC), clock(CLOCK_BOOTTIME)));
    images.inventory(inventory());
    return survey.segments().all();
  }

  private TracedProcess traced(int pid) throws IOException {
    return tree.processes().stream()
        .filter(process -> process.pid() == pid)
        .findFirst()
        .orElseThrow(() -> new IOException("process " + pid + " has come while others stopped"));
  }

  private static TreeTask treeTask(ProcessSurvey process, TracedProcess traced) {
    List<Integer> threads = new ArrayList<>(List.of(process.pid()));
    traced.threads().stream()
        .map(TracedThread::tid)
        .filter(tid -> tid != process.pid())
        .forEach(threads::add);
    return new TreeTask(
        process.pid(), process.parent(), process.stat().pgid(), process.stat().sid(), threads);
  }

  private void process(
      ProcessSurvey survey, TracedProcess traced, KernelObjectIds ids, XsaveLayout layout)
      throws IOException {
    int pid = survey.pid();
    ProcessState state = new ProcessState(traced, stopped.contains(pid));
    ProcessState.Answers answers = state.ask(layout, ids);
    for (Map.Entry<Integer, Core> core : answers.cores().entrySet()) {
      images.core(core.getKey(), core.getValue());
    }
    images.mm(pid, state.mm(answers, survey.areas(), survey.exeFileId()));
    images.ids(pid, ids);
    images.fs(pid, survey.fs());
    images.descriptors(ids.filesId(), survey.descriptors());
    long pages = PagesWriter.process(pid, survey.areas(), images, ++lastPagesId);
    log.say(
        "process %d: %d threads, %d mappings, %d pages, %d descriptors",
        pid, answers.cores().size(), survey.areas().size(), pages, survey.descriptors().size());
  }

  private void files(TreeSurvey survey) throws IOException {
    images.files(survey.files().records());
    if (!survey.openFiles().locks().all().isEmpty()) {
      images.fileLocks(survey.openFiles().locks().all());
    }
    if (!survey.openFiles().terminals().all().isEmpty()) {
      images.terminals(survey.openFiles().terminals().all());
    }
    List<SharedMemories.Memory> memories = survey.files().memories().all();
    images.memfds(memories.stream().map(SharedMemories.Memory::inode).toList());
    for (SharedMemories.Memory memory : memories) {
      long pages =
          PagesWriter.shared(
              memory.content(),
              memory.inode().size(),
              NOTHING,
              Integer.toUnsignedLong(memory.inode().shmid()),
              images,
              ++lastPagesId);
      log.say("shared memory %s: %d pages", memory.inode().name(), pages);
    }
    images.pipes(survey.openFiles().pipes().pipeContents());
    images.fifos(survey.openFiles().pipes().fifoContents());
    images.socketQueues(survey.openFiles().sockets().queues());
  }

  private void segments(List<SysvSegments.Segment> segments) throws IOException {
    if (segments.isEmpty()) {
      return;
    }
    images.sysvSegments(
        rootIds().ipcNsId().getAsInt(),
        segments.stream().map(SysvSegments.Segment::image).toList());
    for (SysvSegments.Segment segment : segments) {
      SysvSegment image = segment.image();
      long pages =
          PagesWriter.shared(
              segment.content(), image.size(), segment.tail(), image.id(), images, ++lastPagesId);
      log.say("shared memory segment %d: %d pages", image.id(), pages);
    }
  }

  private static Core zombieCore(TreeSurvey.Zombie zombie) {
    TaskCore task =
        new TaskCore(
            TaskState.DEAD.number(),
            zombie.stat().exitCode(),
            0,
            0,
            0,
            zombie.stat().comm(),
            Optional.empty(),
            Optional.empty(),
            OptionalInt.empty(),
            Optional.empty(),
            OptionalInt.empty(),
            OptionalInt.empty(),
            OptionalInt.empty(),
            OptionalInt.empty(),
            List.of(),
            Optional.empty(),
            OptionalLong.empty(),
            OptionalInt.empty(),
            OptionalInt.empty());
    return new Core(
        Core.X86_64, Optional.empty(), Optional.of(task), Optional.empty(), Optional.empty());
  }

  private static Inventory inventory() {
    return new Inventory(
        IMAGES_V1_1,
        Optional.of(true),
        Optional.of(rootIds()),
        Optional.of(true),
        OptionalInt.of(ROOT_CG_SET),
        OptionalInt.of(NO_LSM),
        OptionalLong.empty(),
        OptionalInt.empty(),
        Optional.empty(),
        OptionalInt.empty(),
        Optional.of(new Plugins(List.of())),
        Optional.of(UUID.randomUUID().toString()),
        Optional.empty());
  }

  /** The dumper's own: a task with the same namespaces was in no other. */
  private static KernelObjectIds rootIds() {
    return idsOf(1);
  }

  private static KernelObjectIds idsOf(int own) {
    return new KernelObjectIds(
        own,
        own,
        own,
        own,
        OptionalInt.of(1),
        OptionalInt.of(2),
        OptionalInt.of(3),
        OptionalInt.of(4),
        OptionalInt.of(6),
        OptionalInt.of(7),
        OptionalInt.of(8),
        OptionalInt.of(5));
  }

  private static ClockReading clock(int clock) throws IOException {
    NativeBuffer time = new NativeBuffer(16);
    SysException.check(
        "clock_gettime",
        "clock " + clock,
        SystemCall.call(SyscallNumbers.CLOCK_GETTIME, clock, time.address()));
    return new ClockReading(time.getLong(0), time.getLong(8));
  }
}
