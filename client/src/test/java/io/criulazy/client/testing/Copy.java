package io.criulazy.client.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * One of several restores of one victim's image at the same time: in a pid and a mount namespace of
 * its own, where a copy of the verdict lies in the place of the victim's.
 */
public final class Copy implements AutoCloseable {
  private static final String SCRIPT =
      "mount --bind \"$1\" \"$2\""
          + " && \"$3\" restore -D \"$4\" -W \"$5\" --lazy-pages -d -v2 -o restore.log"
          + " && touch \"$5/restored\" && exec sleep 600";

  private final Process namespace;
  private final Path work;
  private final Verdict verdict;

  private Copy(Process namespace, Path work, Verdict verdict) {
    this.namespace = namespace;
    this.work = work;
    this.verdict = verdict;
  }

  /** Makes a directory for a copy. */
  public static Path workDirectory(Path scratch, String name) {
    try {
      return Files.createDirectory(scratch.resolve(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Starts to restore a copy, which uses and verifies its memory as soon as it runs.
   *
   * @param victim dumped to the images
   * @param work a directory of the copy's own, in which somebody listens
   */
  public static Copy start(Victim victim, Path images, Path work) {
    return start(List.of(), victim.verdict(), images, work);
  }

  /**
   * The same somewhere else, as soon as somebody listens.
   *
   * @param prefix what a command has to begin with to be run there
   * @param dumped what the dumped program has said about itself
   */
  public static Copy start(List<String> prefix, Verdict dumped, Path images, Path work) {
    Copy copy = restoreOnly(prefix, dumped, images, work);
    copy.go();
    return copy;
  }

  /** As {@link #start}, but it does nothing until {@link #go}. */
  public static Copy restoreOnly(Victim victim, Path images, Path work) {
    return restoreOnly(List.of(), victim.verdict(), images, work);
  }

  private static Copy restoreOnly(List<String> prefix, Verdict dumped, Path images, Path work) {
    Path own = work.resolve("verdict");
    try {
      Files.copy(dumped.file(), own);
      Verdict verdict = new Verdict(own);
      List<String> argv = new ArrayList<>(prefix);
      argv.addAll(List.of("unshare", "-p", "-f", "--mount-proc", "--kill-child"));
      argv.addAll(List.of("sh", "-c", SCRIPT, "sh"));
      argv.addAll(List.of(own.toString(), dumped.file().toString()));
      argv.addAll(List.of(Requirement.CRIU.path().toString(), images.toString()));
      argv.add(work.toString());
      ProcessBuilder builder = Command.quiet(argv).redirectErrorStream(true);
      builder.redirectOutput(work.resolve("output").toFile());
      return new Copy(builder.start(), work, verdict);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Lets it use and verify its memory. */
  public void go() {
    verdict.command(1);
  }

  /** Waits until it has verified all of its memory, and fails unless all was right. */
  public void awaitUnharmed(Budget budget) {
    budget.await(
        "the copy in " + work + " has verified its memory",
        () -> verdict.done() || !namespace.isAlive(),
        this::context);
    if (!verdict.done()) {
      throw new AssertionError("the copy died: " + context());
    }
    verdict.mustBeClean();
  }

  /** Waits until criu has restored it. */
  public void awaitRestored(Budget budget) {
    budget.await(
        "the copy in " + work + " is restored",
        () -> Files.exists(work.resolve("restored")) || !namespace.isAlive(),
        this::context);
    if (!namespace.isAlive()) {
      throw new AssertionError("the copy was not restored: " + context());
    }
  }

  /**
   * How many words it has read that it had not written; -1 if it has not come so far within the
   * budget, for wrong memory may end it, too.
   */
  public long wrongWords(Budget budget) throws InterruptedException {
    while (!verdict.done() && budget.leftMillis() > 0) {
      Thread.sleep(10);
    }
    return verdict.done() ? verdict.badWords() : -1;
  }

  private String context() {
    return verdict
        + "\n"
        + Command.text(work.resolve("output"))
        + "\n"
        + Command.text(work.resolve("restore.log"));
  }

  /** Ends its namespace, and all in it. */
  @Override
  public void close() {
    namespace.destroyForcibly();
    try {
      namespace.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
