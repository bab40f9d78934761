package io.criulazy.daemon.server;

import java.io.IOException;

/** The image sets that a server has, by the names that clients give. Safe for any threads. */
public interface ImageCatalog {
  /**
   * Opens an image set; waits for the disk.
   *
   * @param name as a client sent it: any text
   * @return the images, with a reference that the caller gives back
   * @throws io.criulazy.proto.wire.WireException with NO_SUCH_IMAGES if there is none of that name
   *     below a root
   * @throws IOException if they can't be read
   */
  ServedImages open(String name) throws IOException;
}
