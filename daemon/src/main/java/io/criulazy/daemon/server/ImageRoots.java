package io.criulazy.daemon.server;

import io.criulazy.daemon.store.ImageFence;
import io.criulazy.daemon.store.SharedImages;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The catalog of a server of all images below some directories. An image set's name is its path
 * below its root, which may be given while the server runs; in the first root that has it, it is
 * opened, once for all connections that use it at a time. Nothing leads out of a root ({@link
 * ImageFence}).
 */
public final class ImageRoots implements ImageCatalog {
  private static final Logger LOG = LoggerFactory.getLogger(ImageRoots.class);

  private final List<Root> roots = new ArrayList<>();
  private final Optional<ImageCatalog> unnamed;

  private record Root(ImageFence fence, SharedImages<ServedImages> images) {}

  /**
   * @param directories the roots
   * @param unnamed has the images that are meant when a client gives no name, if there are any
   * @throws IOException if a root is missing
   */
  public ImageRoots(List<Path> directories, Optional<ImageCatalog> unnamed) throws IOException {
    this.unnamed = unnamed;
    for (Path directory : directories) {
      ImageFence fence = new ImageFence(directory);
      roots.add(
          new Root(
              fence,
              new SharedImages<>(
                  images -> {
                    ServedImages served = ServedImages.of(images);
                    fence.requireInside(images);
                    return served;
                  })));
    }
  }

  @Override
  public Lease open(String asked) throws IOException {
    if (asked.isEmpty() && unnamed.isPresent()) {
      return unnamed.get().open(asked);
    }
    ImageSetName name = ImageSetName.of(asked);
    for (Root root : roots) {
      Path directory = root.fence.root();
      for (String part : name.parts()) {
        directory = directory.resolve(part);
      }
      if (Files.exists(directory.resolve("inventory.img"))) {
        return open(root, directory, name);
      }
    }
    throw ImageSetName.noSuch(asked);
  }

  private static Lease open(Root root, Path directory, ImageSetName name) throws IOException {
    try {
      root.fence.requireInside(directory);
      SharedImages<ServedImages>.Lease lease = root.images.open(directory);
      return new Lease() {
        @Override
        public ServedImages images() {
          return lease.value();
        }

        @Override
        public void close() {
          lease.close();
        }
      };
    } catch (AccessDeniedException e) {
      LOG.warn("image set '{}' is not served: {}", name, e.getMessage());
      throw ImageSetName.noSuch(name.toString());
    }
  }
}
