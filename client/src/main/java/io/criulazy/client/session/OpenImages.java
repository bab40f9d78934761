package io.criulazy.client.session;

import io.criulazy.daemon.store.ImageSet;
import io.criulazy.daemon.store.ImageStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The images that are in use, each opened once however many restores use it, and closed with the
 * last of them. Thread-safe.
 */
final class OpenImages {
  private static final Logger LOG = LoggerFactory.getLogger(OpenImages.class);

  private final Map<Identity, Shared> open = new HashMap<>();

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

  /** An image and how many use it, guarded by {@link OpenImages}; opened by the first one. */
  private static final class Shared {
    private final Identity identity;
    private int users;
    private ImageSet images;
    private TaskMemory memory;

    Shared(Identity identity) {
      this.identity = identity;
    }

    /** Others who want the same image wait here, those who want another one do not. */
    synchronized TaskMemory memory() throws IOException {
      if (memory == null) {
        if (images == null) {
          images = ImageStore.open(identity.directory());
        }
        memory = new TaskMemory(images, Optional.empty());
      }
      images.verifyUnchanged();
      return memory;
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

  /** The use of an image by one restore, which closes it once. */
  final class Lease implements AutoCloseable {
    private final Shared shared;
    private final TaskMemory memory;

    private Lease(Shared shared, TaskMemory memory) {
      this.shared = shared;
      this.memory = memory;
    }

    TaskMemory memory() {
      return memory;
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
  Lease open(Path directory) throws IOException {
    Identity identity = Identity.of(directory);
    Shared shared;
    synchronized (this) {
      shared = open.computeIfAbsent(identity, Shared::new);
      shared.users++;
    }
    try {
      return new Lease(shared, shared.memory());
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
