package io.criulazy.daemon.server;

import io.criulazy.daemon.store.ImageSet;
import io.criulazy.daemon.store.PagesFile;
import io.criulazy.proto.wire.FailureCode;
import io.criulazy.proto.wire.Granted;
import io.criulazy.proto.wire.WireException;
import io.netty.channel.unix.FileDescriptor;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The pages files of an image set as descriptors that can be sent: each file is opened once more,
 * read-only, and stays open until this is closed.
 *
 * <p>Java does not tell a channel's descriptor. But the kernel tells every descriptor's position:
 * each channel is put to a position that no other has, and looked up by it.
 */
final class FileGrant implements AutoCloseable {
  private static final Path DESCRIPTORS = Path.of("/proc/self/fdinfo");
  private static final long UNLIKELY_POSITION = 1L << 52;

  private final Granted.Builder header = Granted.newBuilder();
  private final List<FileChannel> channels = new ArrayList<>();
  private final List<FileDescriptor> descriptors = new ArrayList<>();

  /**
   * @throws IOException if a file can't be opened or is not what it was
   */
  static FileGrant of(ImageSet images) throws IOException {
    FileGrant grant = new FileGrant();
    try {
      for (PagesFile file : images.pagesFiles()) {
        grant.add(file);
      }
      images.verifyUnchanged();
      return grant;
    } catch (IOException | RuntimeException e) {
      grant.close();
      throw e;
    }
  }

  private void add(PagesFile file) throws IOException {
    FileChannel channel = FileChannel.open(file.path(), StandardOpenOption.READ);
    channels.add(channel);
    long position = UNLIKELY_POSITION + ThreadLocalRandom.current().nextLong(UNLIKELY_POSITION);
    channel.position(position);
    descriptors.add(new FileDescriptor(numberOf(position, file)));
    header.addFile(file.ordinal()).addSizeBytes(file.sizeBytes());
  }

  private static int numberOf(long position, PagesFile file) throws IOException {
    String wanted = "pos:\t" + position + "\n";
    try (DirectoryStream<Path> all = Files.newDirectoryStream(DESCRIPTORS)) {
      for (Path info : all) {
        if (read(info).startsWith(wanted)) {
          return Integer.parseInt(info.getFileName().toString());
        }
      }
    }
    throw new WireException(
        FailureCode.NOT_GRANTED, "cannot find the descriptor of " + file.path() + " in /proc");
  }

  private static String read(Path info) {
    try {
      return Files.readString(info);
    } catch (IOException closedMeanwhile) {
      return "";
    }
  }

  /** What goes before the descriptors. */
  Granted header(long request) {
    return header.setRequest(request).build();
  }

  /** The descriptors, in the order of the header; to be sent before this is closed. */
  List<FileDescriptor> descriptors() {
    return descriptors;
  }

  @Override
  public void close() throws IOException {
    for (FileChannel channel : channels) {
      channel.close();
    }
  }
}
