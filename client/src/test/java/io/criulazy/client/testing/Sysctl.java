package io.criulazy.client.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A kernel setting that a test changes and puts back. */
public final class Sysctl implements AutoCloseable {
  private final Path file;
  private final String before;

  /**
   * @param name below /proc/sys: {@code fs/pipe-max-size}
   */
  public Sysctl(String name, long value) throws IOException {
    file = Path.of("/proc/sys").resolve(name);
    before = Files.readAllLines(file).get(0); // readString asks for one byte, and gets no more
    Files.writeString(file, Long.toString(value));
  }

  /** As it is now. */
  public long value() throws IOException {
    return Long.parseLong(Files.readAllLines(file).get(0));
  }

  @Override
  public void close() throws IOException {
    Files.writeString(file, before);
  }
}
