package io.criulazy.proto.image;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The regular files and memfds that the dumped tasks had open or mapped, by id: {@code files.img}
 * and {@code memfd.img}, in images of CRIU before 3.0 {@code reg-files.img}. Immutable.
 */
public final class FileTable {
  private final Map<Integer, String> paths = new HashMap<>();
  private final Map<Integer, Integer> inodeOfMemfd = new HashMap<>();
  private final Map<Long, MemfdInodeEntry> memfds = new HashMap<>();

  private FileTable() {}

  static FileTable read(Path directory) throws IOException {
    FileTable table = new FileTable();
    Path files = directory.resolve("files.img");
    if (Files.exists(files)) {
      table.readFiles(RecordReader.open(files, ImageType.FILES));
    }
    Path memfds = directory.resolve("memfd.img");
    if (Files.exists(memfds)) {
      table.readMemfds(RecordReader.open(memfds, ImageType.MEMFD));
    }
    Path regFiles = directory.resolve("reg-files.img");
    if (Files.exists(regFiles)) {
      table.readRegFiles(RecordReader.open(regFiles, ImageType.REG_FILES));
    }
    return table;
  }

  /**
   * The path of a file, or the name given to memfd_create(2).
   *
   * @param id as in {@link VmaEntry#getShmid()} of a file mapping
   */
  public Optional<String> name(long id) {
    Optional<MemfdInodeEntry> memfd = memfd(id);
    if (memfd.isPresent()) {
      return memfd.map(MemfdInodeEntry::getName);
    }
    return id == (int) id ? Optional.ofNullable(paths.get((int) id)) : Optional.empty();
  }

  /**
   * The shared memory behind a file, if it is a memfd.
   *
   * @param id as in {@link VmaEntry#getShmid()} of a mapping with {@link VmaStatus#MEMFD}
   * @return its id, as {@link ImageDirectory#shmemPagemap} takes it
   */
  public OptionalLong sharedMemory(long id) {
    return memfd(id)
        .map(memfd -> OptionalLong.of(Integer.toUnsignedLong(memfd.getShmid())))
        .orElse(OptionalLong.empty());
  }

  private Optional<MemfdInodeEntry> memfd(long id) {
    Integer inode = id == (int) id ? inodeOfMemfd.get((int) id) : null;
    return inode == null
        ? Optional.empty()
        : Optional.ofNullable(memfds.get(Integer.toUnsignedLong(inode)));
  }

  private void readFiles(RecordReader image) throws IOException {
    try (image) {
      for (FileEntry file = image.next(FileEntry.parser());
          file != null;
          file = image.next(FileEntry.parser())) {
        if (file.hasReg()) {
          paths.put(file.getId(), file.getReg().getName());
        } else if (file.hasMemfd()) {
          inodeOfMemfd.put(file.getId(), file.getMemfd().getInodeId());
        }
      }
    }
  }

  private void readMemfds(RecordReader image) throws IOException {
    try (image) {
      for (MemfdInodeEntry memfd = image.next(MemfdInodeEntry.parser());
          memfd != null;
          memfd = image.next(MemfdInodeEntry.parser())) {
        memfds.put(memfd.getInodeId(), memfd);
      }
    }
  }

  private void readRegFiles(RecordReader image) throws IOException {
    try (image) {
      for (RegFileEntry file = image.next(RegFileEntry.parser());
          file != null;
          file = image.next(RegFileEntry.parser())) {
        paths.put(file.getId(), file.getName());
      }
    }
  }
}
