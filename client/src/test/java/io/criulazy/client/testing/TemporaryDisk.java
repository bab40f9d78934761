package io.criulazy.client.testing;

import java.nio.file.Path;
import java.util.List;

/** A small file system in memory, mounted on a directory until it is closed. */
public final class TemporaryDisk implements AutoCloseable {
  private final Path path;

  private TemporaryDisk(Path path) {
    this.path = path;
  }

  /** Mounts one of so many MiB on an empty directory. */
  public static TemporaryDisk mount(Path path, int mebibytes) {
    run("mount", "-t", "tmpfs", "-o", "size=" + mebibytes + "m", "tmpfs", path.toString());
    return new TemporaryDisk(path);
  }

  /** Where it is. */
  public Path path() {
    return path;
  }

  @Override
  public void close() {
    run("umount", "-l", path.toString());
  }

  private static void run(String... argv) {
    Command.mustRun(Path.of("/"), Budget.ofSeconds(10), List.of(argv));
  }
}
