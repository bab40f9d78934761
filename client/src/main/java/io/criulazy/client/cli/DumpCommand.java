package io.criulazy.client.cli;

import io.criulazy.client.dump.CriuDump;
import io.criulazy.client.dump.Dump;
import io.criulazy.client.dump.DumpEngine;
import io.criulazy.client.dump.DumpRequest;
import io.criulazy.client.dump.DumpResult;
import io.criulazy.client.dump.NativeDump;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code criu-lazy dump}: a process tree into images, its io_uring instances included. */
@Command(
    name = "dump",
    header = "Writes a process and all below it into images, io_uring and AIO rings included.",
    description = {
      "%nThe images are CRIU's; io-uring-PID.img is added for each process that has an io_uring, which"
          + " criu alone refuses. `criu-lazy restore` brings the tree back.",
      "",
      "The tree is gone afterwards, unless --leave-running. A dump that is refused or fails leaves it"
          + " running as before."
    },
    customSynopsis =
        "Usage: criu-lazy dump -t PID -D DIR [OPTIONS] [-- CRIU OPTIONS]%n       criu-lazy dump --recover -D DIR%n",
    synopsisHeading = "",
    parameterListHeading = "%nParameters:%n",
    sortOptions = false,
    optionListHeading = "%nOptions:%n",
    footerHeading = "%nExamples:%n",
    footer = {
      "  criu-lazy dump -t 4711 -D img",
      "  criu-lazy dump -t 4711 -D img --leave-running -- --ghost-limit 10M",
      "  criu-lazy dump --recover -D img",
      "      after a dump that was killed: its processes go on",
    })
final class DumpCommand implements Callable<Integer> {

  @Option(
      names = {"-t", "--tree"},
      paramLabel = "PID",
      description = "the process; all below it is dumped with it")
  private Integer pid;

  @Option(
      names = {"-D", "--images-dir"},
      required = true,
      paramLabel = "DIR",
      description = "an empty directory, for the images")
  private Path imagesDir;

  @Option(
      names = {"-R", "--leave-running"},
      description = "the processes go on after the dump")
  private boolean leaveRunning;

  @Option(
      names = "--recover",
      description =
          "no dump: processes go on that a killed dump into DIR has left stopped, without their"
              + " io_uring instances")
  private boolean recover;

  @Mixin private RingOptions rings;
  @Mixin private EngineOptions engine;

  @Option(names = "--json", description = "what was done, as one JSON object on stdout")
  private boolean json;

  @Mixin private HelpOption help;

  @Override
  public Integer call() throws CommandException, UsageException, IOException {
    Log.start(engine.verbosity(), null);
    Path images = imagesDir.toAbsolutePath().normalize();
    Directories.require("-D", images);
    if (recover) {
      return recover(images);
    }
    if (pid == null) {
      throw new UsageException("give the process that is to be dumped with -t");
    }
    DumpRequest request =
        new DumpRequest(
            pid,
            images,
            leaveRunning,
            engine.logFile(images, "dump.log"),
            engine.verbosity(),
            engine.criuOptions());
    List<DumpEngine> engines = List.of(new NativeDump(), new CriuDump(engine.criu()));
    long startNs = System.nanoTime();
    DumpResult result = new Dump(engine.choice(), engines, rings.policy()).run(request);
    if (json) {
      new ResultLine()
          .put("pid", pid)
          .put("images_dir", images.toString())
          .put("engine", result.engine())
          .put("engine_reason", result.reason())
          .put("left_running", leaveRunning)
          .put("processes_with_io_uring", result.ringProcesses())
          .putSeconds("io_uring_seconds", result.ringNs())
          .putSecondsSince("seconds", startNs)
          .print(System.out);
    }
    return 0;
  }

  private int recover(Path images) throws IOException, UsageException {
    if (pid != null) {
      throw new UsageException("--recover takes no -t: the processes are those of the killed dump");
    }
    for (String line : Dump.recover(images)) {
      System.err.println("criu-lazy: " + line);
    }
    return 0;
  }
}
