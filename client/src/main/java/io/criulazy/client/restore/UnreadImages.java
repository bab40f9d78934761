package io.criulazy.client.restore;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Images that hold something and that nobody here reads: what a dump has found worth an image of
 * its own would be lost without a word.
 */
final class UnreadImages {
  /** The magics alone. */
  private static final int EMPTY_IMAGE_BYTES = 8;

  private static final Pattern IMAGE = Pattern.compile("([a-z-]+?)(-[0-9a-f]+)?\\.img");

  /**
   * Those that are read; a filter in seccomp.img and a terminal are refused where they are used.
   */
  private static final List<String> READ =
      List.of(
          "core",
          "fdinfo",
          "fifo-data",
          "filelocks",
          "files",
          "fs",
          "ids",
          "inventory",
          "ipcns-shm",
          "io-uring",
          "memfd",
          "mm",
          "pagemap",
          "pagemap-shmem",
          "pages",
          "pipes-data",
          "pstree",
          "remap-fpath",
          "seccomp",
          "sk-queues",
          "timens",
          "tty",
          "tty-info");

  private static final Map<String, String> NAMES =
      Map.of(
          "tcp-stream", "TCP connections",
          "netns", "network namespaces",
          "mountpoints", "mount namespaces",
          "ghost-file", "deleted files");

  private UnreadImages() {}

  /** A clause for each of them. */
  static List<String> in(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .filter(file -> file.toFile().length() > EMPTY_IMAGE_BYTES)
          .map(file -> file.getFileName().toString())
          .sorted()
          .flatMap(name -> unread(name).stream())
          .toList();
    }
  }

  private static Optional<String> unread(String name) {
    Matcher image = IMAGE.matcher(name);
    if (!image.matches() || READ.contains(image.group(1))) {
      return Optional.empty();
    }
    String content = NAMES.get(image.group(1));
    return Optional.of(
        content == null ? "there is " + name + ", which it does not read" : "there are " + content);
  }
}
