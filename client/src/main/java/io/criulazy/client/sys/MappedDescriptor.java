package io.criulazy.client.sys;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;

/**
 * A whole file, mapped read-only by a descriptor that somebody has handed over. The mapping is void
 * after {@link #close}; the caller sees to it that nobody reads it then.
 */
public final class MappedDescriptor implements AutoCloseable {
  private static final int PROT_READ = 1;
  private static final int MAP_SHARED = 1;

  private final int fd;
  private final long sizeBytes;
  private final FileTime written;
  private final long address;

  /**
   * Maps it.
   *
   * @param fd taken over, also if this fails
   * @param sizeBytes that it has to have, more than 0
   */
  public MappedDescriptor(int fd, long sizeBytes) throws IOException {
    this.fd = fd;
    this.sizeBytes = sizeBytes;
    try {
      BasicFileAttributes file = attributes();
      if (!file.isRegularFile() || file.size() != sizeBytes) {
        throw new IOException(
            "a file that was handed over has %d bytes, and not %d"
                .formatted(file.size(), sizeBytes));
      }
      written = file.lastModifiedTime();
      // The kernel chooses a free address, so nothing of ours is mapped over.
      long result = LibC.call(SyscallNumbers.MMAP, 0, sizeBytes, PROT_READ, MAP_SHARED, fd, 0);
      address = SysException.check("mmap", sizeBytes + " bytes of a pages file", result);
    } catch (IOException | RuntimeException e) {
      FileDescriptor.close(fd);
      throw e;
    }
  }

  private BasicFileAttributes attributes() throws IOException {
    return Files.readAttributes(Path.of("/proc/self/fd/" + fd), BasicFileAttributes.class);
  }

  /** Where its first byte is. */
  public long address() {
    return address;
  }

  public long sizeBytes() {
    return sizeBytes;
  }

  /**
   * @throws IOException if the file is not what it was when it was mapped
   */
  public void verifyUnchanged() throws IOException {
    BasicFileAttributes now = attributes();
    if (now.size() != sizeBytes || !now.lastModifiedTime().equals(written)) {
      throw new IOException(
          "a pages file of the page server was changed while it was in use: its pages are lost");
    }
  }

  @Override
  public void close() {
    LibC.call(SyscallNumbers.MUNMAP, address, sizeBytes, 0);
    FileDescriptor.close(fd);
  }
}
