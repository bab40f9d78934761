package io.criulazy.client.testing;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Lets a criu without CAP_SYS_RESOURCE serve pages: it keeps them in pipes, more than a user's
 * usual share of them, and needs one pipe of 4 MiB to answer. If it can't have that, it ends at the
 * first request ("splice: Bad file descriptor").
 */
public final class CriusPipes implements AutoCloseable {
  private static final long PIPE_BYTES = 4 << 20;

  /** Tests of several JVMs at once: whoever ends first would take it from the others. */
  private static final Path LOCK =
      Path.of(System.getProperty("java.io.tmpdir"), "criu-lazy-pipes.lock");

  private final FileChannel lock;
  private final Sysctl size;
  private final Sysctl pages;

  public CriusPipes() throws IOException {
    lock = FileChannel.open(LOCK, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    lock.lock();
    size = new Sysctl("fs/pipe-max-size", PIPE_BYTES);
    pages = new Sysctl("fs/pipe-user-pages-soft", 0);
  }

  /** Fails if somebody else has taken it back meanwhile. */
  public void mustHold() throws IOException {
    if (size.value() < PIPE_BYTES || pages.value() != 0) {
      throw new AssertionError("pipes of " + size.value() + " bytes only");
    }
  }

  @Override
  public void close() throws IOException {
    pages.close();
    size.close();
    lock.close();
  }
}
