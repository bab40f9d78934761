package io.criulazy.client;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/**
 * What was built, from the properties that the build writes.
 *
 * @param version of the project
 * @param commit abbreviated, "-modified" behind it when the tree had changes, or "unknown"
 */
public record BuildInfo(String version, String commit) {

  /** What this program says of itself. */
  public static BuildInfo load() {
    Properties properties = new Properties();
    try (InputStream in = BuildInfo.class.getResourceAsStream("build.properties")) {
      if (in != null) {
        properties.load(in);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("build.properties", e);
    }
    return new BuildInfo(
        properties.getProperty("version", "unknown"), properties.getProperty("commit", "unknown"));
  }

  /** One line; with {@code verbose} also the kernel and the JDK, as a bug report needs them. */
  public String describe(boolean verbose) {
    String line = "criu-lazy " + version + " (commit " + commit + ")";
    if (!verbose) {
      return line;
    }
    return line
        + "\nkernel "
        + System.getProperty("os.version")
        + " "
        + System.getProperty("os.arch")
        + "\nJDK "
        + Runtime.version()
        + " ("
        + System.getProperty("java.vendor")
        + ") in "
        + System.getProperty("java.home");
  }
}
