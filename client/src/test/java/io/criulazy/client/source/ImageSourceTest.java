package io.criulazy.client.source;

import java.io.IOException;

/** Image files of this host. */
class ImageSourceTest extends PageSourceContract {
  @Override
  PageSource open() throws IOException {
    return new ImageSource(images, TASK);
  }

  @Override
  void closeAll() {
    // The images are the contract's.
  }
}
