package io.criulazy.client.cli;

import io.criulazy.client.session.LazyPages;
import picocli.CommandLine.Command;

/**
 * {@code criu-lazy lazy-pages}: stands in for {@code criu lazy-pages}.
 *
 * <p>Picocli only knows that it exists; its command line is read as criu's is.
 */
@Command(
    name = LazyPagesCommand.NAME,
    header = "Gives one restored process tree its memory on demand; exits 0 when all is in place.")
final class LazyPagesCommand implements DropInCommand {

  static final String NAME = "lazy-pages";

  private static final HelpPage HELP =
      new HelpPage(
          """
          Usage: criu-lazy lazy-pages -D DIR [OPTIONS]

          Gives one restored process tree its memory on demand; exits 0 when all is in place.
          Stands in for `criu lazy-pages`: the same options, the same socket. Start it, then run
          `criu restore --lazy-pages` (or runc's, podman's) on the same images. Other options of
          criu's are accepted and ignored, with a warning.

          Options:
          """,
          LazyPagesOptions.DECLARED,
          """

          Examples:
            criu-lazy lazy-pages -D img &
            criu restore -D img --lazy-pages -d

            criu-lazy lazy-pages -D img -d --pidfile lazy.pid -o lazy.log -v3
                in the background from the moment it is ready; log and pidfile in img/
          """);

  private final LazyPagesOptions options;
  private final CriuOptions criu;

  LazyPagesCommand(CriuArguments arguments) throws UsageException {
    this.options = LazyPagesOptions.of(arguments.options());
    this.criu = options.criu();
  }

  @Override
  public HelpPage help() {
    return HELP;
  }

  @Override
  public CriuOptions criu() {
    return criu;
  }

  @Override
  public void check() throws Exception {
    options.remote();
  }

  @Override
  public int serve() throws Exception {
    return new LazyPages(options.restore(new Readiness(criu.statusFd())::announce)).run() ? 0 : 1;
  }
}
