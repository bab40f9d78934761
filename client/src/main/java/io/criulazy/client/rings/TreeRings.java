package io.criulazy.client.rings;

import io.criulazy.client.trace.TracedProcess;
import io.criulazy.client.trace.Tracer;
import io.criulazy.proto.image.IoUringImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The rings of a tree of processes around a dump and a restore: criu refuses processes that have
 * any. {@link #takeAway} before the dump; {@link #putBack()} after it if the tree lives on, also
 * when the dump has failed; {@link #restore} when the tree has been restored from the images.
 *
 * <p>Processes whose rings are away are stopped (SIGSTOP), so that they can't miss them, and come
 * up stopped when they are restored. So are processes with AIO contexts, so that they submit
 * nothing that criu would lose; their contexts are criu's own matter. One thread at a time.
 */
public final class TreeRings {
  /**
   * How rings are taken away.
   *
   * @param pumpLimit {@link RingSurvey#PUMP_LIMIT}
   * @param limit how long to wait for requests in flight: {@link RingEmptying#LIMIT}
   * @param inFlight what becomes of those that are left
   */
  public record Policy(long pumpLimit, Duration limit, InFlightPolicy inFlight) {
    /** Waits a while, then fails. */
    public static final Policy DEFAULT =
        new Policy(RingSurvey.PUMP_LIMIT, RingEmptying.LIMIT, InFlightPolicy.FAIL);
  }

  private final Tracer tracer;
  private final RingJournal journal;
  private final List<IoUringImage> images = new ArrayList<>();
  private final Set<Integer> stopped = new HashSet<>();

  private TreeRings(Tracer tracer, RingJournal journal) {
    this.tracer = tracer;
    this.journal = journal;
  }

  /**
   * Takes the rings of a tree away. If there are none, nothing is stopped and nothing is written.
   *
   * @param imagesDir gets an {@code io-uring-PID.img} for each process that had rings, and a
   *     journal ({@link RingJournal}) that tells of it until {@link #forget}
   * @throws IOException naming all that is against it, or what failed; then every process goes on
   *     as before, and no image is left
   */
  public static TreeRings takeAway(Tracer tracer, int rootPid, Path imagesDir, Policy policy)
      throws IOException {
    TreeRings rings = new TreeRings(tracer, new RingJournal(imagesDir));
    List<Integer> owners = new ArrayList<>();
    try (RingSurvey look = RingSurvey.ofProc(ProcTree.pids(rootPid))) {
      for (int pid : look.pids()) {
        if (look.concerns(pid)) {
          owners.add(pid);
        }
        if (StopSignals.isStopped(pid)) {
          rings.stopped.add(pid);
        }
      }
    }
    if (!owners.isEmpty()) {
      tracer.run(
          () -> {
            rings.takeAway(owners, imagesDir, policy);
            return null;
          });
    }
    rings.awaitStopped();
    return rings;
  }

  /** Others run on meanwhile: a request may wait for what they are about to write. */
  private void takeAway(List<Integer> pids, Path imagesDir, Policy policy) throws IOException {
    List<TracedProcess> owners = new ArrayList<>();
    try {
      for (int pid : pids) {
        owners.add(tracer.seize(pid));
      }
      takeAwayStopped(owners, imagesDir, policy);
    } finally {
      for (TracedProcess owner : owners) {
        owner.close();
      }
    }
  }

  private void takeAwayStopped(List<TracedProcess> owners, Path imagesDir, Policy policy)
      throws IOException {
    List<Integer> pids = owners.stream().map(TracedProcess::pid).toList();
    try (RingSurvey survey = RingSurvey.of(pids, policy.pumpLimit())) {
      InterruptedWaits.repeat(owners, survey);
      refuse(survey, owners);
      for (TracedProcess process : owners) {
        RingEmptying.empty(survey, process, policy.limit(), policy.inFlight());
      }
      refuse(survey, owners); // what has completed meanwhile may have found no room
      if (journal.exists()) {
        throw new IOException("another dump has begun in " + imagesDir);
      }
      record(owners, survey, imagesDir);
      remove(owners, survey.kernel() == null, imagesDir);
    }
    for (IoUringImage image : images) {
      StopSignals.stop(image.pid());
    }
  }

  private void record(List<TracedProcess> owners, RingSurvey survey, Path imagesDir)
      throws IOException {
    try {
      for (TracedProcess process : owners) {
        if (survey.concerns(process.pid())) {
          images.add(RingRemoval.record(survey, process, stopped.contains(process.pid())));
        }
      }
    } catch (IOException | RuntimeException e) {
      undo(survey.kernel() == null ? owners : List.of(), List.of(), imagesDir, e);
      throw e;
    }
  }

  /** It is written down first: should this program be killed meanwhile, another one finds it. */
  private void remove(List<TracedProcess> owners, boolean used, Path imagesDir) throws IOException {
    List<TracedProcess> begun = new ArrayList<>();
    try {
      journal.write(images.stream().map(IoUringImage::pid).toList());
      for (IoUringImage image : images) {
        image.write(imagesDir);
      }
      for (IoUringImage image : images) {
        TracedProcess process = find(owners, image.pid());
        RingRemoval.remove(process, image);
        begun.add(process);
      }
    } catch (IOException | RuntimeException e) {
      undo(used ? owners : List.of(), begun, imagesDir, e);
      throw e;
    }
  }

  private static TracedProcess find(List<TracedProcess> processes, int pid) {
    return processes.stream().filter(p -> p.pid() == pid).findFirst().orElseThrow();
  }

  private static void refuse(RingSurvey survey, List<TracedProcess> owners) throws IOException {
    List<String> refusals = survey.refusals(owners);
    if (!refusals.isEmpty()) {
      throw new IOException(String.join("; ", refusals));
    }
  }

  /**
   * Puts rings where they were.
   *
   * @param used processes whose rings have been used for looking at them, or taken away
   * @param begun those whose rings have been taken away
   */
  private void undo(
      List<TracedProcess> used, List<TracedProcess> begun, Path imagesDir, Exception failure) {
    try {
      for (IoUringImage image : images) {
        for (TracedProcess process : begun) {
          if (process.pid() == image.pid()) {
            RingRestore.putBack(process, image);
          }
        }
        for (TracedProcess process : used) {
          if (process.pid() == image.pid() && !begun.contains(process)) {
            RingRemoval.renew(process, image);
          }
        }
      }
      deleteImages(imagesDir);
      forget();
    } catch (IOException | RuntimeException e) {
      failure.addSuppressed(e);
    }
    images.clear();
  }

  private void awaitStopped() throws IOException {
    for (IoUringImage image : images) {
      StopSignals.awaitStopped(image.pid());
    }
  }

  /** Whether any were taken away. */
  public boolean isEmpty() {
    return images.isEmpty();
  }

  /** From how many processes they were taken away. */
  public int processes() {
    return withRings(images);
  }

  private static int withRings(List<IoUringImage> images) {
    return (int) images.stream().filter(image -> !image.rings().isEmpty()).count();
  }

  /** Puts the rings back into the processes from which they were taken, and lets them go on. */
  public void putBack() throws IOException {
    putBack(tracer, images);
  }

  /**
   * Puts rings back into processes that were restored from images and are still stopped, and lets
   * them go on. Their memory has to be served by now.
   *
   * @param pids of the restored tree, as in the images and as this process sees them
   * @return into how many processes
   */
  public static int restore(Tracer tracer, List<Integer> pids, Path imagesDir) throws IOException {
    List<IoUringImage> images = new ArrayList<>();
    for (int pid : pids) {
      if (IoUringImage.exists(imagesDir, pid)) {
        images.add(IoUringImage.read(imagesDir, pid));
      }
    }
    putBack(tracer, images);
    return withRings(images);
  }

  /** Deletes the images that were written. */
  public void deleteImages(Path imagesDir) throws IOException {
    for (IoUringImage image : images) {
      Files.deleteIfExists(imagesDir.resolve(IoUringImage.fileName(image.pid())));
    }
  }

  /**
   * The rings are where they belong, or their processes have ended: nobody has to know any more.
   */
  public void forget() throws IOException {
    journal.delete();
  }

  private static void putBack(Tracer tracer, List<IoUringImage> images) throws IOException {
    for (IoUringImage image : images) {
      tracer.run(
          () -> {
            try (TracedProcess process = tracer.seize(image.pid())) {
              putBack(process, image);
            }
            return null;
          });
    }
  }

  /** Into a stopped process, which goes on when it is let go of, unless it was stopped before. */
  static void putBack(TracedProcess process, IoUringImage image) throws IOException {
    // First: the kernel's threads for the rings would be born stopped, too.
    StopSignals.goOn(process);
    RingRestore.putBack(process, image);
    if (image.stopped()) {
      StopSignals.stop(process.pid());
    }
  }
}
