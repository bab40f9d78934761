package io.criulazy.proto.index;

import io.criulazy.proto.image.ImageDirectory;
import io.criulazy.proto.image.PagemapReader;
import java.io.IOException;

/** Whose pages a pagemap tells of. */
public enum PagemapKind {
  /** A task's: {@code pagemap-PID.img}; addresses are the task's. */
  TASK("pagemap-") {
    @Override
    PagemapReader open(ImageDirectory directory, long id) throws IOException {
      return directory.pagemap(id);
    }
  },
  /** A shared memory's: {@code pagemap-shmem-ID.img}; addresses are bytes from its start. */
  SHARED_MEMORY("pagemap-shmem-") {
    @Override
    PagemapReader open(ImageDirectory directory, long id) throws IOException {
      return directory.shmemPagemap(id);
    }
  };

  private final String prefix;

  PagemapKind(String prefix) {
    this.prefix = prefix;
  }

  /** Opens the pagemap; the caller closes it. */
  abstract PagemapReader open(ImageDirectory directory, long id) throws IOException;

  /** Name of the image, without the directory. */
  String imageName(long id) {
    return prefix + Long.toUnsignedString(id) + ".img";
  }
}
