package io.criulazy.proto.image;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Paths of the regular files that the dumped tasks had open or mapped, by id: {@code files.img}, in
 * images of CRIU before 3.0 {@code reg-files.img}. Immutable.
 */
public final class FileNames {
  private final Map<Integer, String> names;

  private FileNames(Map<Integer, String> names) {
    this.names = names;
  }

  static FileNames read(Path directory) throws IOException {
    Map<Integer, String> names = new HashMap<>();
    Path files = directory.resolve("files.img");
    if (Files.exists(files)) {
      readFiles(files, names);
    }
    Path regFiles = directory.resolve("reg-files.img");
    if (Files.exists(regFiles)) {
      readRegFiles(regFiles, names);
    }
    return new FileNames(names);
  }

  /** The path of the file with that id ({@link VmaEntry#getShmid()} of a file mapping). */
  public Optional<String> name(long id) {
    return id == (int) id ? Optional.ofNullable(names.get((int) id)) : Optional.empty();
  }

  private static void readFiles(Path image, Map<Integer, String> names) throws IOException {
    try (RecordReader reader = RecordReader.open(image, ImageType.FILES)) {
      for (FileEntry file = reader.next(FileEntry.parser());
          file != null;
          file = reader.next(FileEntry.parser())) {
        if (file.hasReg()) {
          names.put(file.getId(), file.getReg().getName());
        }
      }
    }
  }

  private static void readRegFiles(Path image, Map<Integer, String> names) throws IOException {
    try (RecordReader reader = RecordReader.open(image, ImageType.REG_FILES)) {
      for (RegFileEntry file = reader.next(RegFileEntry.parser());
          file != null;
          file = reader.next(RegFileEntry.parser())) {
        names.put(file.getId(), file.getName());
      }
    }
  }
}
