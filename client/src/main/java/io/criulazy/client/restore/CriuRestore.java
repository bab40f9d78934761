package io.criulazy.client.restore;

import io.criulazy.client.engine.CriuEngine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Restores with an installed criu, which exits when the tree is up. */
public final class CriuRestore implements RestoreEngine {
  private final CriuEngine criu;

  public CriuRestore(CriuEngine criu) {
    this.criu = criu;
  }

  @Override
  public String name() {
    return CriuEngine.NAME;
  }

  @Override
  public List<String> refusals(RestoreRequest request) {
    return criu.refusals();
  }

  @Override
  public int restore(RestoreRequest request) throws IOException {
    // The pid in the images is another one where a pid namespace is restored, too.
    Path scratch = Files.createTempDirectory("criu-lazy-restore.");
    Path pidfile = scratch.resolve("pid");
    try {
      criu.run(
          "restore " + request.imagesDir(),
          "restore",
          request.imagesDir(),
          request.log(),
          request.verbosity(),
          options(request, pidfile));
      return Integer.parseInt(Files.readAllLines(pidfile).get(0).strip());
    } finally {
      Files.deleteIfExists(pidfile);
      Files.delete(scratch);
    }
  }

  private static List<String> options(RestoreRequest request, Path pidfile) {
    List<String> options = new ArrayList<>(List.of("-d", "--pidfile", pidfile.toString()));
    options.addAll(List.of("-W", request.workDir().toString()));
    if (request.lazy()) {
      options.add("--lazy-pages");
    }
    options.addAll(request.criuOptions());
    return options;
  }
}
