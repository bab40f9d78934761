package io.criulazy.client.restore;

import io.criulazy.client.sys.ForeignMemory;
import io.criulazy.proto.image.files.RegularFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;

/** Whether a recorded file is here, and is what it was. */
final class RegularFileCheck {
  private final RegularFile file;

  RegularFileCheck(RegularFile file) {
    this.file = file;
  }

  /** What is wrong with it, if anything is. */
  Optional<String> wrong() throws IOException {
    Path path = Path.of(file.name());
    if (file.external().orElse(false)) {
      return Optional.of("the file %s is external".formatted(path));
    }
    if (!path.isAbsolute()) {
      return Optional.of("the file %s has no absolute path".formatted(path));
    }
    if (!Files.exists(path)) {
      return Optional.of("the file %s is not here".formatted(path));
    }
    if (file.size().isPresent()
        && Files.isRegularFile(path)
        && Files.size(path) != file.size().getAsLong()) {
      return Optional.of(
          "the file %s has %d bytes, and had %d"
              .formatted(path, Files.size(path), file.size().getAsLong()));
    }
    return hasOtherBuildId(path)
        ? Optional.of("the file %s is another build than it was".formatted(path))
        : Optional.empty();
  }

  private boolean hasOtherBuildId(Path path) throws IOException {
    if (file.buildId().isEmpty()) {
      return false;
    }
    ByteBuffer saved = ForeignMemory.layout(file.buildId().size() * Integer.BYTES);
    file.buildId().forEach(saved::putInt);
    Optional<byte[]> here = ElfBuildId.of(path);
    // The last number is filled up with zeros.
    return here.isEmpty()
        || !Arrays.equals(Arrays.copyOf(here.get(), saved.capacity()), saved.array());
  }
}
