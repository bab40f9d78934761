package io.criulazy.client.journal;

import io.criulazy.client.fault.LostPagePolicy;
import io.criulazy.client.source.RemoteImages;
import io.criulazy.client.sys.FileLock;
import io.criulazy.client.sys.RunningProcess;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * What a resident daemon has to know after it was killed: a directory beside its control socket.
 *
 * <pre>
 * lock          locked by the daemon
 * keeper-PID    of each keeper that holds files of its restores; start time
 * restore-ID    of each restore; images directory, work directory, on_lost_page and, if the pages are
 *               elsewhere, where (see {@link RemoteFields}); separated by NUL
 * </pre>
 *
 * <p>What has become of a restore is in its {@link SessionJournal}, in its work directory.
 * Thread-safe.
 */
public final class DaemonJournal implements AutoCloseable {
  /** Longer than the keeper of a daemon that was just killed takes to let go. */
  private static final long LOCK_MS = 3_000;

  private static final String KEEPER = "keeper-";
  private static final String RESTORE = "restore-";
  private static final String NEW = "new-";
  private static final String SEPARATOR = "\0";
  private static final int LOCAL_FIELDS = 3;

  private final Path directory;
  private final FileLock lock;

  /**
   * A restore that is not over.
   *
   * @param id a number
   * @param imagesDir absolute
   * @param workDir absolute
   * @param onLostPage what becomes of a process whose pages can't be had
   * @param remote where the pages are if they are not in {@code imagesDir}
   */
  public record Restore(
      long id,
      Path imagesDir,
      Path workDir,
      LostPagePolicy onLostPage,
      Optional<RemoteImages> remote) {}

  private DaemonJournal(Path directory, FileLock lock) {
    this.directory = directory;
    this.lock = lock;
  }

  /**
   * Opens the journal of the daemon that is controlled at a socket, or begins it.
   *
   * @throws IOException if that daemon lives
   */
  public static DaemonJournal open(Path control) throws IOException {
    Path directory = control.resolveSibling(control.getFileName() + ".journal");
    Files.createDirectories(
        directory,
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    Optional<FileLock> lock = FileLock.tryLockFor(directory.resolve("lock"), LOCK_MS);
    if (lock.isEmpty()) {
      throw new IOException(
          "cannot listen on " + control + ": another daemon does. Choose another --control");
    }
    return new DaemonJournal(directory, lock.get());
  }

  /** The restores that were not over, oldest first. */
  public synchronized List<Restore> restores() throws IOException {
    List<Restore> restores = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, RESTORE + "*")) {
      for (Path file : files) {
        restores.add(read(file));
      }
    }
    restores.sort(Comparator.comparingLong(Restore::id));
    return restores;
  }

  private static Restore read(Path file) throws IOException {
    List<String> fields = List.of(Files.readString(file).split(SEPARATOR, -1));
    try {
      if (fields.size() >= LOCAL_FIELDS) {
        return new Restore(
            number(file, RESTORE),
            Path.of(fields.get(0)),
            Path.of(fields.get(1)),
            LostPagePolicy.of(fields.get(2)).orElseThrow(IllegalArgumentException::new),
            remote(fields.subList(LOCAL_FIELDS, fields.size())));
      }
    } catch (IllegalArgumentException e) {
      throw new IOException(file + " is not the record of a restore; remove it", e);
    }
    throw new IOException(file + " is not the record of a restore; remove it");
  }

  private static Optional<RemoteImages> remote(List<String> fields) {
    return fields.isEmpty() ? Optional.empty() : Optional.of(RemoteFields.read(fields));
  }

  private static long number(Path file, String prefix) throws IOException {
    try {
      return Long.parseLong(file.getFileName().toString().substring(prefix.length()));
    } catch (NumberFormatException e) {
      throw new IOException(file + " has no number for a name; remove it", e);
    }
  }

  /** A restore is about to begin. */
  public synchronized void add(Restore restore) throws IOException {
    List<String> fields = new ArrayList<>();
    fields.add(restore.imagesDir().toString());
    fields.add(restore.workDir().toString());
    fields.add(restore.onLostPage().label());
    restore.remote().ifPresent(remote -> fields.addAll(RemoteFields.of(remote)));
    write(RESTORE + restore.id(), String.join(SEPARATOR, fields));
  }

  /** A restore is over. */
  public synchronized void remove(long id) throws IOException {
    Files.deleteIfExists(directory.resolve(RESTORE + id));
  }

  /** The keepers of the daemons before this one, as far as they live. */
  public synchronized List<RunningProcess> keepers() throws IOException {
    List<RunningProcess> keepers = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, KEEPER + "*")) {
      for (Path file : files) {
        long startTime = Long.parseLong(Files.readString(file));
        RunningProcess keeper = new RunningProcess((int) number(file, KEEPER), startTime);
        if (keeper.isAlive()) {
          keepers.add(keeper);
        } else {
          Files.delete(file);
        }
      }
    } catch (NumberFormatException e) {
      throw new IOException(directory + ": the record of a keeper is no number; remove it", e);
    }
    return keepers;
  }

  /** Notes the keeper of this daemon. */
  public synchronized void addKeeper(RunningProcess keeper) throws IOException {
    write(KEEPER + keeper.pid(), Long.toString(keeper.startTime()));
  }

  /** In one step, or not at all. */
  private void write(String name, String text) throws IOException {
    Path file = directory.resolve(NEW + name);
    Files.writeString(file, text);
    Files.move(file, directory.resolve(name), StandardCopyOption.ATOMIC_MOVE);
  }

  /** Ends it in order: nothing is left to resume, and nothing of it stays. */
  public synchronized void end() throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
      for (Path file : files) {
        Files.delete(file);
      }
    }
    Files.delete(directory);
    close();
  }

  @Override
  public void close() {
    lock.close();
  }
}
