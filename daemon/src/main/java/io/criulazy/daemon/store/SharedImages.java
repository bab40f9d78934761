package io.criulazy.daemon.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.HashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The images that are in use, each opened once however many use it, and closed with the last of
 * them. Thread-safe.
 *
 * @param <V> what is made of each image, once, for all of them
 */
public final class SharedImages<V> {
  private static final Logger LOG = LoggerFactory.getLogger(SharedImages.class);

  private final Maker<V> maker;
  private final Map<Identity, Shared> open = new HashMap<>();

  /** Makes of an image what its users need. */
  @FunctionalInterface
  public interface Maker<V> {
    /**
     * @param images held as long as the value is used
     * @throws IOException if an image is missing or damaged
     */
    V make(ImageSet images) throws IOException;
  }

  public SharedImages(Maker<V> maker) {
    this.maker = maker;
  }

  /**
   * Tells one dump from a later one in the same directory: each writes an inventory.
   *
   * @param directory links resolved
   * @param inventory the file's inode and device
   */
  private record Identity(Path directory, Object inventory, FileTime written) {
    static Identity of(Path directory) throws IOException {
      Path resolved = directory.toRealPath();
      BasicFileAttributes inventory =
          Files.readAttributes(resolved.resolve("inventory.img"), BasicFileAttributes.class);
      return new Identity(resolved, inventory.fileKey(), inventory.lastModifiedTime());
    }
  }

  /** An image and how many use it, guarded by {@link SharedImages}; opened by the first one. */
  private final class Shared {
    private final Identity identity;
    private int users;
    private ImageSet images;
    private V value;

    Shared(Identity identity) {
      this.identity = identity;
    }

    /** Others who want the same image wait here, those who want another one do not. */
    synchronized V value() throws IOException {
      if (value == null) {
        if (images == null) {
          images = ImageStore.open(identity.directory());
        }
        value = maker.make(images);
      }
      images.verifyUnchanged();
      return value;
    }

    synchronized void close() {
      if (images != null) {
        try {
          images.close();
        } catch (IOException e) {
          LOG.warn("{}: {}", identity.directory(), e.getMessage());
        }
      }
    }
  }

  /** The use of an image by one, who closes it once. */
  public final class Lease implements AutoCloseable {
    private final Shared shared;
    private final V value;

    private Lease(Shared shared, V value) {
      this.shared = shared;
      this.value = value;
    }

    /** What was made of it. */
    public V value() {
      return value;
    }

    @Override
    public void close() {
      giveBack(shared);
    }
  }

  /**
   * Opens an image, or shares it.
   *
   * @throws IOException if there is none, or it is damaged or has been changed
   */
  public Lease open(Path directory) throws IOException {
    Identity identity = Identity.of(directory);
    Shared shared;
    synchronized (this) {
      shared = open.computeIfAbsent(identity, Shared::new);
      shared.users++;
    }
    try {
      return new Lease(shared, shared.value());
    } catch (IOException | RuntimeException | Error e) {
      giveBack(shared);
      throw e;
    }
  }

  private void giveBack(Shared shared) {
    synchronized (this) {
      if (--shared.users > 0) {
        return;
      }
      open.remove(shared.identity);
    }
    shared.close();
  }
}
