package io.criulazy.daemon.store;

import java.io.IOException;
import java.nio.file.Path;

/**
 * An image file is not what it was when it was opened. Nothing more must be served from it: its
 * bytes belong to another image, or are gone.
 */
public final class ChangedImageException extends IOException {
  private static final long serialVersionUID = 1;

  /**
   * @param file the image
   * @param what what it was and what it is now
   */
  ChangedImageException(Path file, String what) {
    super(
        file
            + ": changed while it is in use: "
            + what
            + "; images must stay as they are until the restored processes have all their memory");
  }
}
