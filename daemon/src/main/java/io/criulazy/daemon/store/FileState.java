package io.criulazy.daemon.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * What tells one state of a file from another: where it is, its length, and when it was last
 * written. The change time is left out on purpose: a chmod or a new hard link changes no byte.
 */
record FileState(long device, long inode, long sizeBytes, long modifiedNs) {
  /** The state of the file that is at the path now. */
  static FileState of(Path path) throws IOException {
    Map<String, Object> attributes =
        Files.readAttributes(path, "unix:dev,ino,size,lastModifiedTime");
    return new FileState(
        (Long) attributes.get("dev"),
        (Long) attributes.get("ino"),
        (Long) attributes.get("size"),
        ((FileTime) attributes.get("lastModifiedTime")).to(TimeUnit.NANOSECONDS));
  }

  /** How the other state differs from this one, for a message; null if it does not. */
  String differenceTo(FileState now) {
    if (equals(now)) {
      return null;
    }
    if (device != now.device || inode != now.inode) {
      return "another file is in its place";
    }
    if (sizeBytes != now.sizeBytes) {
      return "it had %d bytes and has %d now".formatted(sizeBytes, now.sizeBytes);
    }
    return "it was written to";
  }
}
