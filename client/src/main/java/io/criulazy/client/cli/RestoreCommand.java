package io.criulazy.client.cli;

import io.criulazy.client.engine.EngineChoice;
import io.criulazy.client.restore.Caller;
import io.criulazy.client.restore.CriuRestore;
import io.criulazy.client.restore.NativeRestore;
import io.criulazy.client.restore.PageServing;
import io.criulazy.client.restore.Restore;
import io.criulazy.client.restore.RestoreEngine;
import io.criulazy.client.restore.RestoreRequest;
import io.criulazy.client.restore.RestoreResult;
import io.criulazy.client.restore.ServedHere;
import io.criulazy.client.session.LazyRestoreOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/** {@code criu-lazy restore}: a process tree from images, with its memory now or on demand. */
@Command(
    name = "restore",
    header = "Brings a process and all below it back from images, its memory on demand.",
    description = {
      "%nThe images are of `criu-lazy dump` or `criu dump`. With --lazy-pages the tree runs at"
          + " once, and its memory is served by this command, in the background with -d, until all"
          + " is in place: `criu-lazy lazy-pages --resume` goes on if that is killed. Without, all"
          + " memory is read first.",
      "",
      "With a resident daemon (`criu-lazy daemon`) the daemon makes the processes and serves them,"
          + " where the native engine covers the tree and the pages are of this host.",
      "",
      "In the foreground it waits until the restored process ends, and exits with its exit code; to"
          + " be asked to end (SIGTERM, Ctrl-C) is handed on to it as SIGTERM. A restore that fails"
          + " leaves nothing behind, and exits with 1."
    },
    customSynopsis =
        "Usage: criu-lazy restore -D DIR [--lazy-pages] [-d] [OPTIONS] [-- CRIU OPTIONS]%n",
    synopsisHeading = "",
    parameterListHeading = "%nParameters:%n",
    sortOptions = false,
    optionListHeading = "%nOptions:%n",
    modelTransformer = LazyServingOptions.class,
    footerHeading = "%nExamples:%n",
    footer = {
      "  criu-lazy restore -D img --lazy-pages -d",
      "  criu-lazy restore -D img --lazy-pages -d --page-server --address H --port 27",
      "  criu-lazy restore -D img --lazy-pages --json -- --ext-unix-sk",
    })
final class RestoreCommand implements Callable<Integer> {

  /** Of the serving in the background, in the work directory. */
  private static final String SERVING_LOG = "lazy-pages.log";

  @Spec private CommandSpec spec;

  @Mixin private DirectoryOptions directories;

  @Option(names = "--lazy-pages", description = "run at once, memory on demand")
  private boolean lazy;

  @Option(
      names = {"-d", "--daemon", "--restore-detached"},
      description = "return as soon as the tree runs")
  private boolean detached;

  @Mixin private EngineOptions engine;
  @Mixin private ControlOption control;

  @Option(
      names = "--pidfile",
      paramLabel = "FILE",
      description = "write the restored process's pid to FILE in the work directory")
  private Path pidfile;

  @Option(
      names = "--status-fd",
      paramLabel = "FD",
      description = "write one NUL byte to FD when the tree runs")
  private Integer statusFd;

  @Option(
      names = "--json",
      description = "what was done, as one JSON object on stdout, when the tree runs")
  private boolean json;

  @Mixin private HelpOption help;

  @Override
  public Integer call() throws CommandException, UsageException, IOException {
    Optional<Launcher> launcher = Launcher.find();
    Log.start(engine.verbosity(), null);
    RestoreRequest request = request();
    Path pid = pidfile == null ? null : request.workDir().resolve(pidfile);
    Pidfile.requireNone(pid);
    long startNs = System.nanoTime();
    return detached
        ? inBackground(request, launcher, pid, startNs)
        : inForeground(request, pid, startNs);
  }

  private int inBackground(
      RestoreRequest request, Optional<Launcher> launcher, Path pid, long startNs)
      throws CommandException, UsageException, IOException {
    Optional<RestoreResult> done = byDaemon(request);
    if (done.isPresent()) {
      announce(done.get(), pid, startNs);
    } else if (launcher.isPresent() && lazy) {
      ServedHere pages = new ServedHere(servingOptions(request));
      announce(run(request, logged(pages, request)), pid, startNs);
      launcher.get().leave();
      pages.awaitEnd();
    } else {
      announce(run(request, bySecondProcess(request)), pid, startNs);
    }
    return 0;
  }

  private int inForeground(RestoreRequest request, Path pid, long startNs)
      throws CommandException, UsageException, IOException {
    try (Foreground foreground = new Foreground(engine.isShellJob())) {
      Optional<RestoreResult> done = byDaemon(request);
      if (done.isPresent()) {
        announce(done.get(), pid, startNs);
        return foreground.await(done.get().pid());
      }
      ServedHere pages = new ServedHere(servingOptions(request));
      RestoreResult result = run(request, pages);
      announce(result, pid, startNs);
      int exitCode = foreground.await(result.pid());
      boolean served = !lazy || pages.awaitEnd();
      return exitCode == 0 && !served ? 1 : exitCode;
    }
  }

  private RestoreRequest request() throws CommandException, UsageException {
    Path images = directories.imagesDir();
    Path work = directories.workDir();
    Directories.require("-D", images);
    Directories.require("-W", work);
    return new RestoreRequest(
        images,
        work,
        lazy,
        engine.logFile(work, "restore.log"),
        engine.verbosity(),
        engine.criuOptions(),
        Caller.self(detached));
  }

  /** A daemon of this host serves no pages of other hosts to restores of its own. */
  private Optional<RestoreResult> byDaemon(RestoreRequest request)
      throws IOException, UsageException {
    ParseResult line = spec.commandLine().getParseResult();
    if (!lazy || engine.choice() == EngineChoice.CRIU || new LazyServingOptions().areMore(line)) {
      return Optional.empty();
    }
    return new RestoreByDaemon(control, engine.choice())
        .run(request, LazyServingOptions.onLostPage(line));
  }

  private RestoreResult run(RestoreRequest request, PageServing serving) throws IOException {
    List<RestoreEngine> engines = List.of(new NativeRestore(), new CriuRestore(engine.criu()));
    return new Restore(engine.choice(), engines).run(request, serving);
  }

  /** The command line of a {@code lazy-pages} that serves it. */
  private List<String> servingWords(RestoreRequest request) {
    List<String> words = new ArrayList<>(List.of(LazyPagesCommand.NAME));
    words.addAll(List.of("-D", request.imagesDir().toString()));
    words.addAll(List.of("-W", request.workDir().toString()));
    words.addAll(List.of("-v" + engine.verbosity(), "--no-progress", "--no-default-config"));
    words.addAll(new LazyServingOptions().words(spec.commandLine().getParseResult()));
    return words;
  }

  private LazyRestoreOptions servingOptions(RestoreRequest request)
      throws CommandException, UsageException, IOException {
    return LazyPagesOptions.ofWords(servingWords(request)).restore(() -> {});
  }

  /** From the beginning of the serving on the log is a file: the caller goes on meanwhile. */
  private PageServing logged(PageServing pages, RestoreRequest request) {
    return new PageServing() {
      @Override
      public void begin() throws IOException {
        try {
          Log.start(engine.verbosity(), request.workDir().resolve(SERVING_LOG));
        } catch (CommandException e) {
          throw new IOException(e.getMessage(), e);
        }
        pages.begin();
      }

      @Override
      public void giveUp() {
        pages.giveUp();
      }
    };
  }

  private PageServing bySecondProcess(RestoreRequest request) {
    List<String> words = servingWords(request);
    words.addAll(List.of("-o", SERVING_LOG));
    return new DetachedServing(
        words, spec.root().commandLine().getParseResult().originalArgs().size());
  }

  private void announce(RestoreResult result, Path pidfile, long startNs)
      throws IOException, CommandException {
    if (pidfile != null) {
      Pidfile.write(pidfile, result.pid());
    }
    if (json) {
      ResultLine line = new ResultLine();
      line.put("pid", result.pid())
          .put("images_dir", result.request().imagesDir().toString())
          .put("engine", result.engine())
          .put("engine_reason", result.reason())
          .put("lazy", lazy)
          .put("processes_with_io_uring", result.ringProcesses());
      if (result.ringNs() >= 0) {
        line.putSeconds("io_uring_seconds", result.ringNs());
      }
      line.putSecondsSince("seconds", startNs).print(System.out);
    }
    new Readiness(statusFd).announce();
  }
}
