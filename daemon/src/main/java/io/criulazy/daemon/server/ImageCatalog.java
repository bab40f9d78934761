package io.criulazy.daemon.server;

import java.io.IOException;

/** The image sets that a server has, by the names that clients give. Safe for any threads. */
public interface ImageCatalog {
  /**
   * Opens an image set; waits for the disk.
   *
   * @param name as a client sent it: any text
   * @return the use of the images, which the caller closes
   * @throws io.criulazy.proto.wire.WireException with NO_SUCH_IMAGES if there is none of that name
   *     below a root
   * @throws IOException if they can't be read
   */
  Lease open(String name) throws IOException;

  /** The use of an image set by one connection. */
  interface Lease extends AutoCloseable {
    ServedImages images();

    /** Gives it back, once. */
    @Override
    void close() throws IOException;
  }
}
