package io.criulazy.client.cli;

import io.criulazy.client.inspect.ImageInspection;
import io.criulazy.client.inspect.ImageInspector;
import io.criulazy.client.inspect.JsonReport;
import io.criulazy.client.inspect.Paint;
import io.criulazy.client.inspect.RingLines;
import io.criulazy.client.inspect.TextReport;
import io.criulazy.client.rings.RingSurvey;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.NoSuchElementException;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code criu-lazy inspect}: what is in a directory of images. */
@Command(
    name = "inspect",
    header = "Shows what is in a directory of CRIU images, or a process's io_uring instances.",
    description = {
      "%nTasks, their mappings, which of their pages are lazy, eager, in a parent or zero, how"
          + " fragmented that is, and AIO rings. Reads the images, not the pages, and changes nothing.",
      "",
      "Each mapping has a bar, from its start to its end: a cell's colour (a letter without colours)"
          + " tells what most of its pages are, its height (a small letter below half) how many of"
          + " them are in images.",
      "",
      "Exit code 0: all is there. 1: an image is missing or damaged; stderr says which."
    },
    sortOptions = false,
    optionListHeading = "%nOptions:%n",
    parameterListHeading = "%nParameters:%n",
    footerHeading = "%nExamples:%n",
    footer = {
      "  criu dump -t PID -D img && criu-lazy inspect img",
      "  criu-lazy inspect --pid 4711 img | less",
      "      one task; plain text, because the output is no terminal",
      "  criu-lazy inspect --json img | jq '.tasks[] | {pid, pages}'",
      "      pages of each kind, a task",
      "  criu-lazy inspect --pid 4711",
      "      the io_uring instances of a process that runs, and what is against a dump of them"
    })
final class InspectCommand implements Callable<Integer> {

  @Option(names = "--pid", paramLabel = "N", description = "only the task with that pid")
  private Integer pid;

  @Option(names = "--json", description = "one JSON object, for programs")
  private boolean json;

  @Mixin private HelpOption help;

  @Parameters(
      arity = "0..1",
      paramLabel = "DIR",
      description =
          "the directory given to criu dump -D; without one, --pid names a process that runs, and its"
              + " io_uring instances are shown")
  private Path directory;

  @Override
  public Integer call() throws IOException, CommandException, UsageException {
    PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    if (directory == null) {
      return inspectProcess(out);
    }
    ImageInspection images = inspect();
    if (json) {
      JsonReport.write(images, out);
      out.flush();
    } else {
      TextReport.write(images, out, paint());
    }
    for (String problem : images.problems()) {
      System.err.println(new ErrorLine(problem));
    }
    return images.problems().isEmpty() ? 0 : 1;
  }

  private int inspectProcess(PrintStream out) throws IOException, UsageException {
    if (pid == null) {
      throw new UsageException("give a directory of images, or the pid of a process with --pid");
    }
    try (RingSurvey survey = RingSurvey.of(List.of(pid), RingSurvey.PUMP_LIMIT)) {
      if (json) {
        RingLines.writeJson(survey, out);
      } else {
        RingLines.write(survey, out);
      }
    }
    out.flush();
    return 0;
  }

  private ImageInspection inspect() throws IOException, CommandException {
    try {
      return ImageInspector.inspect(
          directory, pid == null ? OptionalInt.empty() : OptionalInt.of(pid));
    } catch (NoSuchElementException e) {
      throw new CommandException(e.getMessage(), e);
    }
  }

  private static Paint paint() {
    boolean color = Terminal.isAt(1) && System.getenv().getOrDefault("NO_COLOR", "").isEmpty();
    return new Paint(color, isUtf8());
  }

  /** The first of these that is set is the locale's, as setlocale(3) has it. */
  private static boolean isUtf8() {
    return Stream.of("LC_ALL", "LC_CTYPE", "LANG")
        .map(System::getenv)
        .filter(value -> value != null && !value.isEmpty())
        .findFirst()
        .map(value -> value.toLowerCase(Locale.ROOT).replace("-", "").endsWith("utf8"))
        .orElse(false);
  }
}
