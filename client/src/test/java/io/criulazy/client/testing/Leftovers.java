package io.criulazy.client.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What restores could leave behind: files in their directories and in /tmp, sockets, processes. */
public final class Leftovers {
  /** What criu and the tests themselves write into a work directory. */
  private static final Set<String> RIGS =
      Set.of("verdict", "output", "restore.log", "restored", "daemon.out", "stats-restore");

  /** In the name of what is ours; others use /tmp, too. */
  private static final String OURS = "criu-lazy";

  private final Path scratch;
  private final Set<Path> temporary;

  private Leftovers(Path scratch) throws IOException {
    this.scratch = scratch;
    this.temporary = temporaryFiles();
  }

  /**
   * Looks before the first restore.
   *
   * @param scratch all work directories are in it
   */
  public static Leftovers before(Path scratch) throws IOException {
    return new Leftovers(scratch);
  }

  /** Fails if there stays anything but what criu and the tests have written. */
  public static void awaitOnlyTheRigs(Path work) {
    Budget.ofSeconds(5)
        .await(
            "nothing is left in " + work,
            () -> RIGS.containsAll(names(work)),
            () -> names(work).toString());
  }

  private static Set<String> names(Path directory) {
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .map(file -> file.getFileName().toString())
          .collect(Collectors.toCollection(TreeSet::new));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** Fails if there is anything of ours that was not there before. */
  public void assertNone() throws IOException {
    Set<Path> files = temporaryFiles();
    files.removeAll(temporary);
    // Tests in another JVM have some, too, and remove them.
    Budget.ofSeconds(20)
        .await(
            "no temporary file is left",
            () -> files.stream().noneMatch(Files::exists),
            files::toString);
    assertThat(Files.readAllLines(Path.of("/proc/net/unix")))
        .as("sockets")
        .noneMatch(line -> line.contains(scratch.toString()));
    Budget.ofSeconds(5)
        .await("no process is left", () -> processes().isEmpty(), () -> processes().toString());
  }

  private static Set<Path> temporaryFiles() throws IOException {
    Set<Path> all = new TreeSet<>();
    for (Path directory : List.of(Path.of("/tmp"), Path.of("/dev/shm"), Path.of("/run"))) {
      try (Stream<Path> files = Files.list(directory)) {
        files.filter(Leftovers::isOurs).forEach(all::add);
      }
    }
    return all;
  }

  private static boolean isOurs(Path file) {
    String name = file.getFileName().toString();
    return name.contains(OURS) && !name.endsWith(".lock"); // of the rig, for its JVMs
  }

  /** Command lines of all but this JVM in which the scratch directory is named. */
  private Set<String> processes() {
    try (Stream<Path> processes = Files.list(Path.of("/proc"))) {
      return processes
          .filter(process -> process.getFileName().toString().matches("\\d+"))
          .map(process -> Command.text(process.resolve("cmdline")).replace('\0', ' '))
          .filter(command -> !command.startsWith("(no "))
          .filter(command -> command.contains(scratch.toString()))
          .collect(Collectors.toCollection(TreeSet::new));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
