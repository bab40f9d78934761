package io.criulazy.client.rings;

import io.criulazy.client.sys.RunningProcess;
import io.criulazy.client.sys.SysException;
import io.criulazy.client.sys.SyscallNumbers;
import io.criulazy.client.trace.ProcTasks;
import io.criulazy.client.trace.TracedProcess;
import io.criulazy.client.trace.Tracer;
import io.criulazy.proto.image.IoUringImage;
import io.criulazy.proto.image.rings.IoUringRing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Puts back what a dump had taken away that was killed before it could do so itself. Its processes
 * are stopped, and their rings are in the images.
 */
public final class RingRecovery {
  private final Tracer tracer;
  private final Path imagesDir;
  private final RingJournal journal;
  private final List<String> done = new ArrayList<>();

  private RingRecovery(Tracer tracer, Path imagesDir) {
    this.tracer = tracer;
    this.imagesDir = imagesDir;
    this.journal = new RingJournal(imagesDir);
  }

  /**
   * Brings all processes back that are named in a directory's journal.
   *
   * @param complete whether the dump came to its end: then its images stay
   * @return what was done, a line a process
   * @throws IOException if one of them can't be brought back; the journal stays, and those that
   *     could be go on
   */
  public static List<String> recover(Tracer tracer, Path imagesDir, boolean complete)
      throws IOException {
    RingRecovery recovery = new RingRecovery(tracer, imagesDir);
    recovery.run(complete);
    return recovery.done;
  }

  private void run(boolean complete) throws IOException {
    if (!journal.exists()) {
      throw new IOException(
          imagesDir
              + " has no "
              + RingJournal.NAME
              + ": no dump into it was killed while it had rings of a process");
    }
    List<RunningProcess> processes = journal.read();
    for (RunningProcess process : processes) {
      recover(process);
    }
    if (!complete) {
      for (RunningProcess process : processes) {
        Files.deleteIfExists(imagesDir.resolve(IoUringImage.fileName(process.pid())));
      }
    }
    journal.delete();
  }

  private void recover(RunningProcess process) throws IOException {
    int pid = process.pid();
    if (!process.isAlive()) {
      done.add("process " + pid + " has ended");
      return;
    }
    String tracing = ProcTasks.status(pid, "TracerPid").orElse("0");
    if (!tracing.equals("0")) {
      throw new IOException(
          "process %d is still being dumped, by process %s: wait until that ends, or end it"
              .formatted(pid, tracing));
    }
    if (!IoUringImage.exists(imagesDir, pid)) {
      done.add("process " + pid + " was not touched");
      return;
    }
    IoUringImage image = IoUringImage.read(imagesDir, pid);
    boolean stopped = StopSignals.isStopped(pid);
    if (isWhole(pid, image) && !(stopped && image.rings().isEmpty())) {
      done.add("process " + pid + " has its rings");
    } else if (stopped) {
      putBack(pid, image);
    } else {
      throw new IOException(
          "process "
              + pid
              + " runs without its rings: somebody has let it go on (SIGCONT), or the dump was killed"
              + " while it took them away. They can't be put back now; end the process");
    }
  }

  private void putBack(int pid, IoUringImage image) throws IOException {
    tracer.run(
        () -> {
          try (TracedProcess process = tracer.seize(pid)) {
            removeRemains(process, image);
            TreeRings.putBack(process, image);
          }
          return null;
        });
    done.add(
        "process %d has its %d io_uring instances again and %s"
            .formatted(
                pid, image.rings().size(), image.stopped() ? "is stopped, as before" : "goes on"));
  }

  private static boolean isWhole(int pid, IoUringImage image) throws IOException {
    List<Integer> fds =
        ProcDescriptor.ringsAndEpolls(pid).stream()
            .filter(ProcDescriptor::isRing)
            .map(ProcDescriptor::fd)
            .toList();
    List<Long> starts =
        ProcMapping.of(pid).stream().filter(ProcMapping::isRing).map(ProcMapping::start).toList();
    for (IoUringRing ring : image.rings()) {
      if (!ring.fds().stream().allMatch(fd -> fds.contains(fd.fd()))
          || !ring.mappings().stream().allMatch(mapping -> starts.contains(mapping.start()))) {
        return false;
      }
    }
    return true;
  }

  /** What a removal or a putting back that was cut off has left where the rings belong. */
  private static void removeRemains(TracedProcess process, IoUringImage image) throws IOException {
    for (ProcMapping mapping : ProcMapping.of(process.pid())) {
      boolean ours = mapping.isRing() || mapping.permissions().startsWith("---p");
      if (ours && image.rings().stream().anyMatch(ring -> isPlace(ring, mapping))) {
        call(process, SyscallNumbers.MUNMAP, mapping.start(), mapping.length());
      }
    }
    for (ProcDescriptor descriptor : ProcDescriptor.ringsAndEpolls(process.pid())) {
      if (descriptor.isRing()) {
        call(process, SyscallNumbers.CLOSE, descriptor.fd());
      }
    }
  }

  private static boolean isPlace(IoUringRing ring, ProcMapping mapping) {
    return ring.mappings().stream()
        .anyMatch(m -> m.start() == mapping.start() && m.length() == mapping.length());
  }

  private static void call(TracedProcess process, int number, long... arguments)
      throws IOException {
    SysException.check(
        "system call " + number,
        "process " + process.pid(),
        process.leader().call(number, arguments));
  }
}
