package io.criulazy.client.testing;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A criu that has dumped a victim but for its memory, and keeps that until it was fetched. */
public final class PostCopySource extends RunningProgram {
  private static final String LISTENING = "Starting lazy pages server";

  private PostCopySource(RunningProgram program) {
    super(program);
  }

  /** Dumps the victim, which stays frozen, and listens. */
  public static PostCopySource dump(Victim victim, Path images, String address, int port) {
    Path criu = Requirement.CRIU.path();
    List<String> argv =
        List.of(
            criu.toString(),
            "dump",
            "--lazy-pages",
            "-t",
            Long.toString(victim.pid()),
            "-D",
            images.toString(),
            "--address",
            address,
            "--port",
            Integer.toString(port),
            "-v4",
            "-o",
            "-");
    PostCopySource source = new PostCopySource(start(images.resolve("dump.out"), Map.of(), argv));
    source.awaitUp(
        "the dumping criu listens",
        Budget.ofSeconds(30),
        () -> source.output().contains(LISTENING));
    return source;
  }
}
