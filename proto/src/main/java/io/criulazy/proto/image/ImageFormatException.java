package io.criulazy.proto.image;

import java.io.IOException;
import java.nio.file.Path;

/** An image file does not hold what it must hold: which file, where, and why. */
public final class ImageFormatException extends IOException {
  private static final long serialVersionUID = 1;

  private final transient Path file;
  private final long offset;
  private final String reason;

  /**
   * @param file the image
   * @param offset bytes from the start of the file to the record or field that is wrong
   * @param reason what is wrong, and what to do if there is something
   */
  public ImageFormatException(Path file, long offset, String reason) {
    this(file, offset, reason, null);
  }

  /** The same, with what was caught. */
  public ImageFormatException(Path file, long offset, String reason, Throwable cause) {
    super(file + ": offset " + offset + ": " + reason, cause);
    this.file = file;
    this.offset = offset;
    this.reason = reason;
  }

  /** The image; null in a deserialized exception. */
  public Path file() {
    return file;
  }

  /** Bytes from the start of the file. */
  public long offset() {
    return offset;
  }

  /** What is wrong, without the place. */
  public String reason() {
    return reason;
  }
}
