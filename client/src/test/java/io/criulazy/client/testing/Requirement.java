package io.criulazy.client.testing;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/** Something of the machine that a test may need: where it is, or why it is not there. */
public enum Requirement {
  /** root, and a kernel with userfaultfd. */
  KERNEL("root and a kernel with userfaultfd") {
    @Override
    Optional<Path> find() {
      Path sysctl = Path.of("/proc/sys/vm/unprivileged_userfaultfd");
      return "root".equals(System.getProperty("user.name"))
          ? Optional.of(sysctl).filter(Files::exists)
          : Optional.empty();
    }
  },
  /** criu 4 or later: {@code $CRIU}, in PATH, or where deploy/criu-from-debian puts it. */
  CRIU("criu >= 4 (run deploy/criu-from-debian .cache/criu, or set CRIU)") {
    @Override
    Optional<Path> find() {
      return Stream.of(
              fromEnvironment("CRIU"),
              inPath("criu"),
              Optional.of(repository().resolve(".cache/criu/usr/sbin/criu")))
          .flatMap(Optional::stream)
          .filter(Requirement::isCriu4)
          .findFirst();
    }
  },
  /** The container runtime. */
  RUNC("runc (apt-get install runc)") {
    @Override
    Optional<Path> find() {
      return inPath("runc");
    }
  },
  /** Prometheus's checker of metrics. */
  PROMTOOL("promtool (apt-get install prometheus)") {
    @Override
    Optional<Path> find() {
      return inPath("promtool");
    }
  },
  /** A Docker engine, which tests start by themselves. */
  DOCKER("dockerd (apt-get install docker.io)") {
    @Override
    Optional<Path> find() {
      return inPath("dockerd");
    }
  },
  /** A C compiler with its headers. */
  GCC("gcc with headers (apt-get install gcc libc6-dev)") {
    @Override
    Optional<Path> find() {
      return inPath("gcc").filter(gcc -> Files.exists(Path.of("/usr/include/stdio.h")));
    }
  },
  /** Python 3. */
  PYTHON("python3 (apt-get install python3)") {
    @Override
    Optional<Path> find() {
      return inPath("python3");
    }
  },
  /** Perl 5. */
  PERL("perl (apt-get install perl)") {
    @Override
    Optional<Path> find() {
      return inPath("perl");
    }
  },
  /** Redis's server, which goes by its name; Debian's redis-tools has it under another one. */
  REDIS("redis-server (apt-get install redis-tools)") {
    @Override
    Optional<Path> find() {
      return inPath("redis-server").or(() -> inPath("redis-check-rdb"));
    }
  },
  /** SQLite's shell. */
  SQLITE("sqlite3 (apt-get install sqlite3)") {
    @Override
    Optional<Path> find() {
      return inPath("sqlite3");
    }
  },
  /** The I/O tester. */
  FIO("fio (apt-get install fio)") {
    @Override
    Optional<Path> find() {
      return inPath("fio");
    }
  },
  /** Node with a libuv that has io_uring. */
  NODE("node 20 or later (apt-get install nodejs; Debian 12's own is too old)") {
    @Override
    Optional<Path> find() {
      return inPath("node").filter(node -> output(node, "--version").matches("(?s)v[2-9]\\d.*"));
    }
  },
  /** liburing's headers and library. */
  LIBURING("liburing (apt-get install liburing-dev)") {
    @Override
    Optional<Path> find() {
      return Optional.of(Path.of("/usr/include/liburing.h")).filter(Files::exists);
    }
  },
  /** {@code ip} and {@code tc}. */
  IPROUTE("ip (apt-get install iproute2)") {
    @Override
    Optional<Path> find() {
      return inPath("ip");
    }
  },
  /** systemd, to be run beside what has started the machine. */
  SYSTEMD("systemd (apt-get install systemd)") {
    @Override
    Optional<Path> find() {
      return Optional.of(Path.of("/lib/systemd/systemd")).filter(Files::isExecutable);
    }
  },
  /** The built distribution's directory; there in integration tests, which run after package. */
  DISTRIBUTION("the distribution (mvn -q -DskipTests package)") {
    @Override
    Optional<Path> find() {
      String built = System.getProperty("criu-lazy.distribution");
      return Optional.of(
              built == null ? repository().resolve("client/target/criu-lazy") : Path.of(built))
          .filter(dir -> Files.isExecutable(dir.resolve("bin/criu-lazy")));
    }
  };

  private static final Map<Requirement, Optional<Path>> FOUND = new ConcurrentHashMap<>();

  private final String description;

  Requirement(String description) {
    this.description = description;
  }

  /**
   * Where it is: an executable, or for {@link #DISTRIBUTION} a directory.
   *
   * @throws IllegalStateException if it is missing
   */
  public Path path() {
    return found().orElseThrow(() -> new IllegalStateException("missing: " + description));
  }

  /** What is missing and how to get it, or nothing. */
  Optional<String> missing() {
    return found().isPresent() ? Optional.empty() : Optional.of(description);
  }

  abstract Optional<Path> find();

  private Optional<Path> found() {
    return FOUND.computeIfAbsent(this, Requirement::find);
  }

  private static Optional<Path> fromEnvironment(String variable) {
    return Optional.ofNullable(System.getenv(variable)).map(Path::of);
  }

  private static Optional<Path> inPath(String program) {
    return Arrays.stream(System.getenv("PATH").split(":"))
        .map(dir -> Path.of(dir, program))
        .filter(Files::isExecutable)
        .findFirst();
  }

  private static boolean isCriu4(Path criu) {
    return Files.isExecutable(criu)
        && output(criu, "--version").matches("(?s)Version: ([4-9]|\\d\\d).*");
  }

  /** What a program prints that exits with 0; else nothing. */
  private static String output(Path program, String argument) {
    try {
      Process process = new ProcessBuilder(List.of(program.toString(), argument)).start();
      process.getOutputStream().close();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return process.waitFor() == 0 ? output : "";
    } catch (IOException e) {
      return "";
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "";
    }
  }

  /** The directory above this module's. */
  public static Path repository() {
    Path dir = Path.of("").toAbsolutePath();
    while (dir != null && !Files.isDirectory(dir.resolve(".mvn"))) {
      dir = dir.getParent();
    }
    if (dir == null) {
      throw new IllegalStateException("not inside the repository: " + Path.of("").toAbsolutePath());
    }
    return dir;
  }
}
