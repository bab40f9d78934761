package io.criulazy.client.restore.files;

import io.criulazy.proto.image.files.FileOwner;
import io.criulazy.proto.image.files.FileRecord;
import io.criulazy.proto.image.files.FileType;
import io.criulazy.proto.image.files.PipeBytes;
import io.criulazy.proto.image.files.TtyFile;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/** Finds for each open file who makes it, or why it can't be made. */
final class Planner {
  private static final int OWNER_GROUP = 2;

  private final Plan plan;
  private final FileImages images;
  private final MemfdStore memfds;
  private final Inheritance inheritance;
  private final Map<Integer, List<OpenFile>> pipes = new LinkedHashMap<>();
  private final Map<Integer, List<OpenFile>> fifos = new LinkedHashMap<>();
  private final List<OpenFile> unixSockets = new ArrayList<>();
  private final List<OpenFile> terminals = new ArrayList<>();

  Planner(Plan plan, FileImages images, MemfdStore memfds, Inheritance inheritance) {
    this.plan = plan;
    this.images = images;
    this.memfds = memfds;
    this.inheritance = inheritance;
  }

  void planAll() throws IOException {
    for (int pid : images.sharedTables()) {
      plan.refuse("task " + pid + " shares its descriptors with another one (CLONE_FILES)");
    }
    for (OpenFile file : images.openFiles()) {
      file.owner().ifPresent(owner -> checkOwner(file, owner));
      plan(file);
    }
    planPipes();
    planTerminals();
    Map<Integer, PipeBytes> contents = byId(images.records().fifos());
    for (Map.Entry<Integer, List<OpenFile>> fifo : fifos.entrySet()) {
      Fifos.plan(plan, images, fifo.getValue(), contents.get(fifo.getKey()));
    }
    UnixSockets.plan(plan, inheritance, unixSockets, images.records().socketQueues());
  }

  /** Groups come with their tasks; threads come later than files. */
  private void checkOwner(OpenFile file, FileOwner owner) {
    if (owner.pid() != 0 && owner.pidType() != OWNER_GROUP && !plan.isTask(owner.pid())) {
      plan.refuse(file, "a file that sends signals to %d, which is no task".formatted(owner.pid()));
    }
  }

  private void plan(OpenFile file) {
    FileRecord record = file.record();
    if (record.regular().isPresent()) {
      planRegular(file);
    } else if (record.pipe().isPresent()) {
      add(pipes, record.pipe().get().pipeId(), file);
    } else if (record.fifo().isPresent()) {
      add(fifos, record.fifo().get().pipeId(), file);
    } else if (record.eventFd().isPresent()) {
      EventFds.plan(plan, file, record.eventFd().get());
    } else if (record.eventPoll().isPresent()) {
      EventPolls.plan(plan, images, file, record.eventPoll().get());
    } else if (record.timerFd().isPresent()) {
      TimerFds.plan(plan, file, record.timerFd().get());
    } else if (record.signalFd().isPresent()) {
      SignalFds.plan(plan, file, record.signalFd().get());
    } else if (record.inotify().isPresent()) {
      Inotifies.plan(plan, file, record.inotify().get());
    } else if (record.memfd().isPresent()) {
      Memfds.plan(plan, memfds, file, record.memfd().get());
    } else if (record.unixSocket().isPresent()) {
      unixSockets.add(file);
    } else if (record.inetSocket().isPresent()) {
      InetSockets.plan(plan, file, record.inetSocket().get());
    } else {
      planOther(file);
    }
  }

  private static void add(Map<Integer, List<OpenFile>> groups, int id, OpenFile file) {
    groups.computeIfAbsent(id, key -> new ArrayList<>()).add(file);
  }

  private void planRegular(OpenFile file) {
    String name = file.record().regular().orElseThrow().name();
    OptionalInt ours = inheritance.named(name.startsWith("/") ? name.substring(1) : name);
    if (ours.isPresent()) {
      InheritedFiles.plan(plan, inheritance, file, ours.getAsInt(), 0);
    } else {
      RegularFiles.plan(plan, file, file.record().regular().orElseThrow());
    }
  }

  private void planOther(OpenFile file) {
    if (file.record().type() != FileType.TTY.number()) {
      plan.refuse(file, "of a kind that this engine does not restore: " + file.record().typeName());
    } else if (!inheritance.shellJob()) {
      plan.refuse(file, "a terminal: give --shell-job to have your own instead");
    } else {
      terminals.add(file);
    }
  }

  /** What is no standard stream itself, but was opened of the same terminal, is that, too. */
  private void planTerminals() {
    Map<Integer, Integer> standard = new HashMap<>();
    for (OpenFile file : terminals) {
      for (Slot slot : file.slots()) {
        if (InheritedFiles.isStandard(slot)) {
          standard.putIfAbsent(terminal(file), slot.fd());
        }
      }
    }
    for (OpenFile file : terminals) {
      if (InheritedFiles.isStandard(file)) {
        InheritedFiles.planStandard(plan, inheritance, file, 0);
      } else if (standard.containsKey(terminal(file))) {
        InheritedFiles.plan(plan, inheritance, file, standard.get(terminal(file)), 0);
      } else {
        plan.refuse(file, "a terminal, and none of the standard streams");
      }
    }
  }

  private static int terminal(OpenFile file) {
    return file.record().tty().map(TtyFile::terminalId).orElse(0);
  }

  private void planPipes() throws IOException {
    Map<Integer, PipeBytes> contents = byId(images.records().pipes());
    for (Map.Entry<Integer, List<OpenFile>> pipe : pipes.entrySet()) {
      List<OpenFile> ends = pipe.getValue();
      OptionalInt ours = InheritedFiles.ofPipe(inheritance, pipe.getKey());
      if (ours.isPresent()) {
        for (OpenFile end : ends) {
          InheritedFiles.plan(plan, inheritance, end, ours.getAsInt(), Pipes.flags(end));
        }
      } else if (leadsOut(ends, contents.get(pipe.getKey()))) {
        planStandard(ends);
      } else {
        Pipes.plan(plan, ends, contents.get(pipe.getKey()));
      }
    }
  }

  /**
   * Whether a standard stream leads to another process. What such a pipe holds is not lost: then it
   * is made, and ends with that.
   */
  private static boolean leadsOut(List<OpenFile> ends, PipeBytes content) {
    return Pipes.isOneSided(ends)
        && ends.stream().anyMatch(InheritedFiles::isStandard)
        && (content == null || content.content().length == 0);
  }

  /** A pipe that leads out of the tree, as a standard stream. */
  private void planStandard(List<OpenFile> ends) {
    OpenFile standard = ends.stream().filter(InheritedFiles::isStandard).findFirst().orElseThrow();
    int fd = standard.slots().stream().mapToInt(Slot::fd).min().orElseThrow();
    for (OpenFile end : ends) {
      if (InheritedFiles.isStandard(end)) {
        InheritedFiles.planStandard(plan, inheritance, end, Pipes.flags(end));
      } else {
        InheritedFiles.plan(plan, inheritance, end, fd, Pipes.flags(end));
      }
    }
  }

  private static Map<Integer, PipeBytes> byId(List<PipeBytes> contents) {
    Map<Integer, PipeBytes> byId = new HashMap<>();
    for (PipeBytes content : contents) {
      byId.put(content.head().pipeId(), content);
    }
    return byId;
  }
}
