package io.criulazy.daemon.server;

import io.criulazy.daemon.store.ImageSet;
import io.criulazy.daemon.store.PagesFile;
import io.criulazy.proto.wire.Granted;
import io.netty.channel.unix.FileDescriptor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * The pages files of an image set as descriptors that can be sent. They are those that the set
 * reads by itself, read-only, and good as long as the set is open; whoever receives them has
 * descriptors of its own.
 */
record FileGrant(Granted.Builder header, List<FileDescriptor> descriptors) {
  /**
   * Waits for the disk.
   *
   * @throws IOException if a file is not what it was
   */
  static FileGrant of(ImageSet images) throws IOException {
    Granted.Builder header = Granted.newBuilder();
    List<FileDescriptor> descriptors = new ArrayList<>();
    for (PagesFile file : images.pagesFiles()) {
      descriptors.add(new FileDescriptor(file.descriptor()));
      header.addFile(file.ordinal()).addSizeBytes(file.sizeBytes());
    }
    images.verifyUnchanged();
    return new FileGrant(header, List.copyOf(descriptors));
  }
}
