package io.criulazy.client.dump.proc;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * stat(2).
 *
 * @param device the C library's number
 * @param inode inode
 * @param mode st_mode
 * @param links names that the file has
 * @param rawDevice what device it is
 * @param size bytes
 */
public record FileStatus(
    long device, long inode, int mode, int links, long rawDevice, long size, int uid, int gid) {
  private static final int TYPE = 0170000;
  private static final int REGULAR = 0100000;
  private static final int DIRECTORY = 0040000;
  private static final int CHARACTER_DEVICE = 0020000;
  private static final int FIFO = 0010000;

  /** Of what a path, or a link of /proc, leads to. */
  public static FileStatus of(Path path) throws IOException {
    Map<String, Object> values =
        Files.readAttributes(path, "unix:dev,ino,mode,nlink,rdev,size,uid,gid");
    return new FileStatus(
        (Long) values.get("dev"),
        (Long) values.get("ino"),
        (Integer) values.get("mode"),
        (Integer) values.get("nlink"),
        (Long) values.get("rdev"),
        (Long) values.get("size"),
        (Integer) values.get("uid"),
        (Integer) values.get("gid"));
  }

  public boolean isRegular() {
    return (mode & TYPE) == REGULAR;
  }

  public boolean isDirectory() {
    return (mode & TYPE) == DIRECTORY;
  }

  public boolean isCharacterDevice() {
    return (mode & TYPE) == CHARACTER_DEVICE;
  }

  public boolean isFifo() {
    return (mode & TYPE) == FIFO;
  }

  /** Whether both are of one file. */
  public boolean isSameFile(FileStatus other) {
    return device == other.device && inode == other.inode;
  }

  /** Of the device that it is. */
  public int major() {
    return (int) (rawDevice >>> 8 & 0xfff | rawDevice >>> 32 & ~0xfffL);
  }

  /** Of the device that it is. */
  public int minor() {
    return (int) (rawDevice & 0xff | rawDevice >>> 12 & ~0xffL);
  }
}
