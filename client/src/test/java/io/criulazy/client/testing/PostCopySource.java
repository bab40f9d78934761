package io.criulazy.client.testing;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A program on a {@link SeparateHost}, and the criu there that has dumped it but for its memory and
 * keeps that until it was fetched.
 */
public final class PostCopySource implements AutoCloseable {
  private static final String LISTENING = "Starting page server on port";

  private final RunningProgram program;
  private final Verdict verdict;
  private final Path log;
  private RunningProgram criu;

  private PostCopySource(RunningProgram program, Verdict verdict, Path log) {
    this.program = program;
    this.verdict = verdict;
    this.log = log;
  }

  /** Starts a program of src/test/c there, and waits until it is ready to be dumped. */
  public static PostCopySource start(
      SeparateHost host, Path scratch, String program, String... options) {
    Verdict verdict = new Verdict(scratch.resolve("verdict"));
    List<String> argv = new ArrayList<>(List.of("setsid", CProgram.build(program).toString()));
    argv.add(verdict.file().toString());
    argv.addAll(List.of(options));
    Path log = scratch.resolve("source.out");
    PostCopySource source = new PostCopySource(host.run(log, argv), verdict, log);
    source.program.awaitUp("the program is ready", Budget.ofSeconds(60), verdict::ready);
    return source;
  }

  /** Dumps it: it stays frozen, and its memory can be had at the address. */
  public void dump(SeparateHost host, Path images, String address, int port) {
    List<String> argv =
        List.of(
            Requirement.CRIU.path().toString(),
            "dump",
            "--lazy-pages",
            "-t",
            Integer.toString(verdict.pid()),
            "-D",
            images.toString(),
            "--address",
            address,
            "--port",
            Integer.toString(port),
            "-v4",
            "-o",
            criuLog(images).toString());
    criu = host.run(log, argv);
    Budget.ofSeconds(30)
        .await(
            "the dumping criu listens",
            () -> Command.text(criuLog(images)).contains(LISTENING) || !criu.isAlive(),
            () -> Command.text(criuLog(images)));
  }

  private static Path criuLog(Path images) {
    return images.resolve("dump.log");
  }

  /** What its program says about itself. */
  public Verdict verdict() {
    return verdict;
  }

  /** Waits until criu has heard that all is fetched and has let the program go. */
  public void mustEndWell(Path images) {
    int exitCode = criu.awaitExit(Budget.ofSeconds(20));
    if (exitCode != 0) {
      throw new AssertionError(
          "the dumping criu exited with " + exitCode + "\n" + Command.text(criuLog(images)));
    }
  }

  @Override
  public void close() {
    if (criu != null) {
      criu.close();
    }
    program.close();
  }
}
