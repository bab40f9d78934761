package io.criulazy.daemon.server;

import io.criulazy.proto.wire.FailureCode;
import io.criulazy.proto.wire.WireException;

/** The catalog of a server of one image set, which a client may leave unnamed. */
public final class OneImageSet implements ImageCatalog {
  private final ServedImages images;
  private final String name;

  public OneImageSet(ServedImages images) {
    this.images = images;
    this.name = images.images().directory().getFileName().toString();
  }

  @Override
  public ServedImages open(String asked) throws WireException {
    if (!asked.isEmpty() && !asked.equals(name)) {
      throw new WireException(
          FailureCode.NO_SUCH_IMAGES, "no image set '%s' here, only '%s'".formatted(asked, name));
    }
    images.images().retain();
    return images;
  }
}
