package io.criulazy.client.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CriuArgumentsTest {

  @TempDir private Path home;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "lazy-pages -D x -v4                   | --images-dir=x --verbosity=4",
        "-D x lazy-pages -vv                   | --images-dir=x --verbosity=v",
        "-v4 -Dx -dolog lazy-pages             | --verbosity=4 --images-dir=x --daemon"
            + " --log-file=log",
        "lazy-pages -v -v0 -W=y                | --verbosity= --verbosity=0 --work-dir==y",
        "lazy-pages --images-dir=x --no-daemon | --images-dir=x --no-daemon",
        "lazy-pages --images x --status 7      | --images-dir=x --status-fd=7",
        "lazy-pages --tree 7 -x -R -M a:b --cpu-cap -D x | --images-dir=x",
        "lazy-pages --verbosity=3 -l           | --verbosity=3",
        "lazy-pages --restore-detached         | --restore-detached",
      })
  void readsACommandLineAsCriuDoes(String line, String canonical) throws Exception {
    CriuArguments arguments = parse(line, Map.of());
    assertThat(String.join(" ", canonical(arguments))).isEqualTo(canonical);
    assertThat(arguments.operands()).containsExactly("lazy-pages");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "lazy-pages --bogus       | unknown option --bogus",
        "lazy-pages -Q            | unknown option -Q",
        "lazy-pages --            | ",
        "lazy-pages -D            | option -D needs an argument",
        "lazy-pages --pidfile     | option --pidfile needs an argument",
        "lazy-pages --daemon=yes  | option --daemon takes no argument",
        "lazy-pages --tls-c       | option --tls-c is ambiguous: --tls-cacert, --tls-cacrl,"
            + " --tls-cert. Write it in full",
      })
  void refusesWhatCriuRefuses(String line, String error) throws Exception {
    if (error == null) {
      assertThat(canonical(parse(line, Map.of()))).isEmpty();
      return;
    }
    assertThatThrownBy(() -> parse(line, Map.of()))
        .isInstanceOf(UsageException.class)
        .hasMessage(error);
  }

  @Test
  void warnsOnceAboutEachOptionThatMeansNothingHere() throws Exception {
    CriuArguments arguments = parse("lazy-pages --shell-job -j -t 5 --no-tcp-close", Map.of());
    assertThat(arguments.warnings())
        .containsExactly(
            "option --shell-job means nothing here: ignored",
            "option --tree=5 means nothing here: ignored",
            "option --no-tcp-close means nothing here: ignored");
  }

  @Test
  void readsTheConfigurationFilesInCriusOrder() throws Exception {
    write(
        ".criu/default.conf",
        "# mine",
        "work-dir /from/user  # where",
        "tcp-established",
        "log-file \"a \\\"b\\\" c\"",
        "daemon");
    Path second = write("second.conf", "work-dir /from/env", "no-daemon");
    CriuArguments arguments =
        parse("lazy-pages -W z", Map.of("HOME", home.toString(), "CRIU_CONFIG_FILE", "" + second));
    assertThat(canonical(arguments))
        .containsExactly(
            "--work-dir=/from/user",
            "--log-file=a \"b\" c",
            "--daemon",
            "--work-dir=/from/env",
            "--no-daemon",
            "--work-dir=z");
    assertThat(arguments.warnings()).isEmpty();
  }

  @Test
  void leavesTheDefaultFilesOutWhenToldSo() throws Exception {
    write(".criu/default.conf", "daemon");
    Map<String, String> environment = Map.of("HOME", home.toString());
    Path other = write("other.conf", "pidfile p");
    assertThat(canonical(parse("lazy-pages --no-default-config", environment)))
        .containsExactly("--no-default-config");
    assertThat(canonical(parse("lazy-pages --config " + other, environment)))
        .containsExactly("--pidfile=p", "--config=" + other);
    assertThat(parse("lazy-pages --config /no/such", environment).warnings())
        .containsExactly("there is no configuration file /no/such: ignored");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "images-dir a b       | line 1: more than one argument; put it in double quotes",
        "images-dir 'a        | unknown option",
        "images-dir ~a b      | line 1: the closing quote is missing",
        "images-dir ~a~ b     | line 1: something follows the closing quote",
        "bogus                | unknown option --bogus",
      })
  void saysWhereAConfigurationFileIsWrong(String line, String error) throws Exception {
    Path file = write("bad.conf", line.replace('~', '"'));
    if (line.contains("'")) {
      assertThat(canonical(parse("lazy-pages --config " + file, Map.of())))
          .contains("--images-dir='a");
      return;
    }
    assertThatThrownBy(() -> parse("lazy-pages --config " + file, Map.of()))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining(error);
  }

  @ParameterizedTest
  @CsvSource({"-v0,0", "-v1,1", "'',2", "-v,3", "-vv,4", "-vvvvv,4", "-v9,4", "-v4 -v1,1"})
  void countsVerbosityAsCriuDoes(String line, int verbosity) throws Exception {
    assertThat(options("lazy-pages " + line).verbosity()).isEqualTo(verbosity);
  }

  @Test
  void refusesAVerbosityThatIsNone() {
    assertThatThrownBy(() -> options("lazy-pages -vx").verbosity())
        .isInstanceOf(UsageException.class);
  }

  private CriuArguments parse(String line, Map<String, String> environment) throws UsageException {
    return CriuArguments.parse(
        line.strip().split(" +"), OptionTable.of(LazyPagesOptions.DECLARED), environment);
  }

  private CriuOptions options(String line) throws UsageException {
    return CriuOptions.of(parse(line, Map.of()).options());
  }

  private static List<String> canonical(CriuArguments arguments) {
    return arguments.options().stream().map(Getopt.Given::canonical).toList();
  }

  private Path write(String name, String... lines) throws IOException {
    Path file = home.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.write(file, List.of(lines));
  }
}
