package io.criulazy.client.cli;

import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Where a restore's images are, and where it works. */
final class DirectoryOptions {

  @Option(
      names = {"-D", "--images-dir"},
      required = true,
      paramLabel = "DIR",
      description = "the directory given to the dump's -D")
  private Path imagesDir;

  @Option(
      names = {"-W", "--work-dir"},
      paramLabel = "DIR",
      description = "of socket, journal, logs and pidfile (default: the images' directory)")
  private Path workDir;

  /** Absolute. */
  Path imagesDir() {
    return imagesDir.toAbsolutePath().normalize();
  }

  /** Absolute. */
  Path workDir() {
    return workDir == null ? imagesDir() : workDir.toAbsolutePath().normalize();
  }
}
