package io.criulazy.daemon.server;

import io.criulazy.daemon.store.ImageSet;
import java.io.IOException;

/** The catalog of a server of one image set, which a client may leave unnamed. */
public final class OneImageSet implements ImageCatalog {
  private final ServedImages images;
  private final String name;

  public OneImageSet(ServedImages images) {
    this.images = images;
    this.name = images.images().directory().getFileName().toString();
  }

  @Override
  public Lease open(String asked) throws IOException {
    if (!asked.isEmpty() && !asked.equals(name)) {
      throw ImageSetName.noSuch(asked);
    }
    ImageSet held = images.images().retain();
    return new Lease() {
      @Override
      public ServedImages images() {
        return images;
      }

      @Override
      public void close() throws IOException {
        held.close();
      }
    };
  }
}
