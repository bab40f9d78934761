package io.criulazy.daemon.receive;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A hidden directory inside the images directory, where images are until they are complete. A lock
 * on a file in it tells that who writes them lives; the kernel gives that up with the process. One
 * thread at a time.
 */
public final class Staging implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Staging.class);

  private static final String PREFIX = ".criu-lazy-incoming-";
  private static final String LOCK = "lock";

  /** Time enough to make the lock file after the directory. */
  private static final Duration YOUTH = Duration.ofMinutes(1);

  private final Path target;
  private final Path path;
  private final FileChannel lock;

  private Staging(Path target, Path path, FileChannel lock) {
    this.target = target;
    this.path = path;
    this.lock = lock;
  }

  /** Makes one. */
  public static Staging in(Path target) throws IOException {
    Path path = Files.createTempDirectory(target, PREFIX);
    FileChannel lock =
        FileChannel.open(
            path.resolve(LOCK), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    if (lock.tryLock() == null) {
      throw new IOException(path + ": another process has locked it");
    }
    return new Staging(target, path, lock);
  }

  /** Where a file is until it is published. */
  public Path resolve(String name) {
    return path.resolve(name);
  }

  /**
   * Gives files their names in the images directory, in this order, and returns when that is on the
   * disk. What has the name already is replaced.
   *
   * @throws IOException if one can't be; then none of the names is there
   */
  public void publish(List<String> names) throws IOException {
    List<Path> published = new ArrayList<>();
    try {
      for (String name : names) {
        Path file = target.resolve(name);
        Files.move(path.resolve(name), file, StandardCopyOption.ATOMIC_MOVE);
        published.add(file);
      }
      syncDirectory(target);
    } catch (IOException e) {
      for (Path file : published) {
        Files.deleteIfExists(file);
      }
      throw e;
    }
  }

  private static void syncDirectory(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  /** Removes the directory with what was not published; the second time it does nothing. */
  @Override
  public void close() throws IOException {
    if (lock.isOpen()) {
      try (lock) {
        remove(path);
      }
    }
  }

  /** Removes all whose receivers are gone. */
  static void removeAbandoned(Path target) throws IOException {
    try (DirectoryStream<Path> found = Files.newDirectoryStream(target, PREFIX + "*")) {
      for (Path path : found) {
        if (isAbandoned(path)) {
          LOG.info("{}: removed: its dump was never complete", path);
          remove(path);
        }
      }
    }
  }

  private static boolean isAbandoned(Path path) throws IOException {
    try (FileChannel channel = FileChannel.open(path.resolve(LOCK), StandardOpenOption.WRITE);
        FileLock lock = channel.tryLock()) {
      return lock != null;
    } catch (OverlappingFileLockException e) {
      return false; // this process has it
    } catch (NoSuchFileException e) {
      return Files.exists(path)
          && Files.getLastModifiedTime(path).toInstant().isBefore(Instant.now().minus(YOUTH));
    }
  }

  private static void remove(Path path) throws IOException {
    try (Stream<Path> files = Files.list(path)) {
      files.forEach(Staging::delete);
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    Files.delete(path);
  }

  private static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
