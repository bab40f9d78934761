package io.criulazy.client.dump;

import io.criulazy.client.dump.files.FileTable;
import io.criulazy.client.dump.files.OpenFiles;
import io.criulazy.client.dump.memory.Mappings;
import io.criulazy.client.dump.memory.SysvSegments;
import io.criulazy.client.dump.proc.FileStatus;
import io.criulazy.client.dump.proc.ProcFile;
import io.criulazy.client.dump.proc.ProcStat;
import io.criulazy.proto.image.files.FdInfo;
import io.criulazy.proto.image.memory.VmArea;
import io.criulazy.proto.image.task.FsContext;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * What can be seen of one process from outside.
 *
 * @param parent its parent's pid in the tree; 0 of the root
 * @param exeFileId its program in the table of files
 */
public record ProcessSurvey(
    int pid,
    int parent,
    ProcStat stat,
    List<VmArea> areas,
    int exeFileId,
    List<FdInfo> descriptors,
    FsContext fs) {
  private static final int CLASS_64 = 2;
  private static final int ELF_CLASS = 4;
  private static final List<String> NAMESPACES =
      List.of(
          "cgroup",
          "ipc",
          "mnt",
          "net",
          "pid",
          "pid_for_children",
          "time",
          "time_for_children",
          "user",
          "uts");

  static ProcessSurvey of(
      int pid,
      int parent,
      ProcStat stat,
      FileTable files,
      SysvSegments segments,
      OpenFiles openFiles,
      Refusals refusals)
      throws IOException {
    checkState(pid, stat, refusals);
    checkNamespaces(pid, refusals);
    checkProgram(pid, refusals);
    for (int tid : threads(pid)) {
      checkThread(pid, tid, refusals);
    }
    return new ProcessSurvey(
        pid,
        parent,
        stat,
        Mappings.of(pid, files, segments, refusals),
        place(pid, "exe", files),
        openFiles.of(pid),
        fs(pid, files));
  }

  /** The threads that it has now. */
  static List<Integer> threads(int pid) throws IOException {
    List<Integer> threads = new ArrayList<>();
    try (DirectoryStream<Path> tasks = Files.newDirectoryStream(ProcFile.path(pid, "task"))) {
      for (Path task : tasks) {
        threads.add(Integer.valueOf(task.getFileName().toString()));
      }
    }
    return threads;
  }

  private static void checkState(int pid, ProcStat stat, Refusals refusals) {
    if (stat.state() == 'Z' || stat.state() == 'X') {
      refusals.add("the first thread of process %d has ended".formatted(pid));
    }
  }

  private static void checkNamespaces(int pid, Refusals refusals) throws IOException {
    for (String namespace : NAMESPACES) {
      Path ours = Path.of("/proc/self/ns", namespace);
      if (Files.isSymbolicLink(ours)
          && !Files.readSymbolicLink(ours)
              .toString()
              .equals(ProcFile.link(pid, "ns/" + namespace))) {
        refusals.add("process %d is in another namespace (%s)".formatted(pid, namespace));
      }
    }
  }

  private static void checkProgram(int pid, Refusals refusals) throws IOException {
    try (var program = Files.newInputStream(ProcFile.path(pid, "exe"))) {
      byte[] head = program.readNBytes(ELF_CLASS + 1);
      if (head.length <= ELF_CLASS || head[ELF_CLASS] != CLASS_64) {
        refusals.add("process %d runs a program that is not of 64 bits".formatted(pid));
      }
    }
  }

  private static void checkThread(int pid, int tid, Refusals refusals) throws IOException {
    Map<String, String> status = ProcFile.keys(tid, "status");
    if (!status.getOrDefault("Seccomp", "0").equals("0")) {
      refusals.add("thread %d of process %d is under seccomp".formatted(tid, pid));
    }
    String tracer = status.getOrDefault("TracerPid", "0");
    if (!tracer.equals("0")
        && Long.parseLong(tracer) != ProcessHandle.current().pid()
        && !isOurThread(tracer)) {
      refusals.add("thread %d of process %d is traced by %s".formatted(tid, pid, tracer));
    }
    if (tid != pid) {
      SharedState.checkThread(pid, tid, refusals);
    }
  }

  private static boolean isOurThread(String tid) {
    return Files.exists(Path.of("/proc/self/task", tid));
  }

  private static FsContext fs(int pid, FileTable files) throws IOException {
    int umask = Integer.parseInt(ProcFile.keys(pid, "status").get("Umask"), 8);
    return new FsContext(
        place(pid, "cwd", files), place(pid, "root", files), OptionalInt.of(umask));
  }

  private static int place(int pid, String link, FileTable files) throws IOException {
    return files.unopened(
        ProcFile.link(pid, link),
        FileStatus.of(ProcFile.path(pid, link)),
        link + " of process " + pid);
  }

  /** Whether a signal had stopped it. */
  public boolean isStopped() {
    return stat.state() == 'T';
  }
}
