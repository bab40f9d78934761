package io.criulazy.daemon.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Finds the number of a channel's descriptor, which Java does not tell. But the kernel tells every
 * descriptor's position: the channel is put to one that no other has, and looked up by it.
 */
final class ChannelDescriptor {
  private static final Path POSITIONS = Path.of("/proc/self/fdinfo");
  private static final Path DESCRIPTORS = Path.of("/proc/self/fd");

  /** Below what any file system takes for too far: ext4 takes 16 TiB. */
  private static final long MAX_POSITION = 1L << 40;

  private ChannelDescriptor() {}

  /**
   * Looks through all descriptors of the process.
   *
   * @param channel whose position nobody uses; it is 0 afterwards
   * @param state the file's
   * @throws IOException if it can't be told
   */
  static int of(FileChannel channel, FileState state) throws IOException {
    long position = ThreadLocalRandom.current().nextLong(1, MAX_POSITION);
    channel.position(position);
    try (DirectoryStream<Path> all = Files.newDirectoryStream(POSITIONS)) {
      for (Path info : all) {
        if (isAt(info, position) && isFile(info.getFileName(), state)) {
          return Integer.parseInt(info.getFileName().toString());
        }
      }
    } finally {
      channel.position(0);
    }
    throw new IOException("the descriptor is not in " + POSITIONS);
  }

  private static boolean isAt(Path info, long position) {
    try {
      return Files.readString(info).startsWith("pos:\t" + position + "\n");
    } catch (IOException closedMeanwhile) {
      return false;
    }
  }

  private static boolean isFile(Path number, FileState state) throws IOException {
    return state.differenceTo(FileState.of(DESCRIPTORS.resolve(number))) == null;
  }
}
