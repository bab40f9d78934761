package io.criulazy.client.dump;

import io.criulazy.client.engine.CriuEngine;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Dumps with an installed criu. */
public final class CriuDump implements DumpEngine {
  private final CriuEngine criu;

  public CriuDump(CriuEngine criu) {
    this.criu = criu;
  }

  @Override
  public String name() {
    return CriuEngine.NAME;
  }

  @Override
  public List<String> refusals(DumpRequest request) {
    return criu.refusals();
  }

  @Override
  public void dump(DumpRequest request) throws IOException {
    List<String> options = new ArrayList<>(List.of("-t", Integer.toString(request.pid())));
    if (request.leaveRunning()) {
      options.add("--leave-running");
    }
    options.addAll(request.criuOptions());
    criu.run(
        "dump process " + request.pid(),
        "dump",
        request.imagesDir(),
        request.log(),
        request.verbosity(),
        options);
  }
}
