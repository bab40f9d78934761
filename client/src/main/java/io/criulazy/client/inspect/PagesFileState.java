package io.criulazy.client.inspect;

import io.criulazy.proto.image.ImageDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * The file that holds the pages of a pagemap.
 *
 * @param path where it has to be
 * @param sizeBytes its size; -1 when it is missing
 * @param neededBytes what the pagemap says is in it
 */
record PagesFileState(Path path, long sizeBytes, long neededBytes) {
  static PagesFileState of(ImageDirectory images, long pagesId, long neededBytes)
      throws IOException {
    try {
      Path path = images.pagesFile(pagesId);
      return new PagesFileState(path, Files.size(path), neededBytes);
    } catch (NoSuchFileException e) {
      return new PagesFileState(Path.of(e.getFile()), -1, neededBytes);
    }
  }

  boolean complete() {
    return sizeBytes >= neededBytes || neededBytes == 0;
  }

  /** What is wrong with it and what to do, when it is not {@link #complete()}. */
  String problem() {
    String what =
        sizeBytes < 0
            ? "%s is missing".formatted(path)
            : "%s is truncated: %d bytes of %d".formatted(path, sizeBytes, neededBytes);
    return what + "; copy it again from where it was dumped, or dump again";
  }
}
