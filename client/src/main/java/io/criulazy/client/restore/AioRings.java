package io.criulazy.client.restore;

import io.criulazy.client.rings.AioRing;
import io.criulazy.client.source.ImageSource;
import io.criulazy.proto.image.memory.VmArea;
import java.io.IOException;

/** The rings of AIO contexts: mappings whose pages are in the images like any other's. */
final class AioRings {
  private AioRings() {}

  /**
   * A recorded ring.
   *
   * @throws IllegalArgumentException if it can't be one
   */
  static AioRing saved(SavedTree tree, SavedTask task, VmArea area) throws IOException {
    ImageSource source = new ImageSource(tree.images(), task.pid());
    int bytes = Math.toIntExact(area.end() - area.start());
    return new AioRing(area.start(), SavedPages.read(source, area.start(), bytes));
  }
}
