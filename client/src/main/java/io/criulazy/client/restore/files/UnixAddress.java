package io.criulazy.client.restore.files;

import io.criulazy.client.sys.ForeignMemory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * What a unix socket is bound to.
 *
 * <pre>
 * struct sockaddr_un { u16 family; char path[108]; };  an abstract name begins with 0
 * </pre>
 */
record UnixAddress(byte[] name) {
  private static final int AF_UNIX = 1;
  private static final int MAX_BYTES = 108;
  private static final int LISTENS = 0x10000;
  private static final String DATAGRAMS = "0002";
  private static final int S_IFMT = 0xF000;
  private static final int S_IFSOCK = 0xC000;

  /** As the images have it: a path's end may be among the bytes. */
  static UnixAddress of(byte[] recorded) {
    int length = recorded.length;
    if (length > 0 && recorded[0] != 0) {
      while (length > 1 && recorded[length - 1] == 0) {
        length--;
      }
    }
    return new UnixAddress(Arrays.copyOf(recorded, length));
  }

  boolean isNone() {
    return name.length == 0;
  }

  boolean isPath() {
    return name.length > 0 && name[0] != 0;
  }

  boolean isValid() {
    return name.length <= MAX_BYTES && (!isPath() || name[0] == '/');
  }

  String path() {
    return new String(name, StandardCharsets.UTF_8);
  }

  /** Whether there is a socket at the path, in use or left behind. */
  boolean isSocketFile() {
    try {
      Path file = Path.of(path());
      int mode = (Integer) Files.getAttribute(file, "unix:mode", LinkOption.NOFOLLOW_LINKS);
      return (mode & S_IFMT) == S_IFSOCK;
    } catch (IOException e) {
      return false;
    }
  }

  /** struct sockaddr_un, as long as it is. */
  byte[] bytes() {
    ByteBuffer address = ForeignMemory.layout(Short.BYTES + name.length + (isPath() ? 1 : 0));
    return address.putShort((short) AF_UNIX).put(name).array();
  }

  /** Whether somebody has a socket bound to the name, and it is not just a file left behind. */
  boolean isInUse() throws IOException {
    String shown = isPath() ? path() : "@" + path().substring(1).replace('\0', '@');
    for (String line : Files.readAllLines(Path.of("/proc/net/unix"), StandardCharsets.ISO_8859_1)) {
      String[] fields = line.trim().split("\\s+", 8);
      if (fields.length == 8
          && fields[7].equals(shown)
          && (!isPath() || listens(fields[3]) || fields[4].equals(DATAGRAMS))) {
        return true;
      }
    }
    return false;
  }

  private static boolean listens(String flags) {
    return (Integer.parseUnsignedInt(flags, 16) & LISTENS) != 0;
  }

  @Override
  public String toString() {
    return isPath() ? path() : "@" + path().substring(Math.min(1, name.length));
  }
}
