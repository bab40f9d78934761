package io.criulazy.proto.image;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * A directory that {@code criu dump} or {@code criu pre-dump} wrote: finds its images and reads the
 * small ones. Holds no file open and remembers nothing but its path and the inventory; immutable.
 * What is missing is a {@link NoSuchFileException} that says what to do.
 */
public final class ImageDirectory {
  /** More pre-dumps than this in a row are taken for a mistake. */
  static final int MAX_PARENTS = 256;

  private static final int IMAGES_V1 = 1;
  private static final int IMAGES_V1_1 = 2;
  private static final String SHMEM_PREFIX = "pagemap-shmem-";
  private static final String SUFFIX = ".img";

  private final Path path;
  private final InventoryEntry inventory;

  private ImageDirectory(Path path, InventoryEntry inventory) {
    this.path = path;
    this.inventory = inventory;
  }

  /**
   * Opens a directory of images.
   *
   * @param path the directory given to {@code criu dump -D}
   * @throws NoSuchFileException when it is not there or holds no inventory
   * @throws ImageFormatException when the inventory is damaged or of a version to come
   */
  public static ImageDirectory open(Path path) throws IOException {
    if (!Files.isDirectory(path)) {
      throw missing(path, "no such directory; pass the directory given to criu dump -D");
    }
    Path image = path.resolve("inventory.img");
    if (!Files.exists(image)) {
      throw missing(
          image,
          "not a CRIU image directory: no inventory.img in %s; pass the directory given to criu dump -D"
              .formatted(path));
    }
    return new ImageDirectory(path, readInventory(image));
  }

  private static InventoryEntry readInventory(Path image) throws IOException {
    try (RecordReader reader = RecordReader.open(image, ImageType.INVENTORY)) {
      return readInventory(image, reader);
    }
  }

  static InventoryEntry readInventory(Path image, RecordReader reader) throws IOException {
    long offset = reader.offset();
    InventoryEntry inventory = reader.only(InventoryEntry.parser());
    int version = inventory.getImgVersion();
    if (version != IMAGES_V1 && version != IMAGES_V1_1) {
      throw new ImageFormatException(
          image,
          offset,
          "image version %s is not known; dump with criu 2.0 to 4.2"
              .formatted(Integer.toUnsignedString(version)));
    }
    return inventory;
  }

  /** The directory, as given. */
  public Path path() {
    return path;
  }

  /** Its inventory; empty for a parent directory without one (old pre-dumps wrote none). */
  public Optional<InventoryEntry> inventory() {
    return Optional.ofNullable(inventory);
  }

  /**
   * The dumped tasks, parents before their children, at least one.
   *
   * @throws NoSuchFileException when pstree.img or the core image of a task is missing
   * @throws ImageFormatException when one is damaged
   */
  public List<ImageTask> tasks() throws IOException {
    Path pstree =
        require(path.resolve("pstree.img"), "the dump did not finish, or this is a pre-dump");
    List<ImageTask> tasks = new ArrayList<>();
    for (PstreeEntry entry : TaskTree.read(pstree).values()) {
      tasks.add(task(entry));
    }
    return List.copyOf(tasks);
  }

  private ImageTask task(PstreeEntry entry) throws IOException {
    Path image = image("core", entry.getPid());
    try (RecordReader reader = RecordReader.open(image, ImageType.CORE)) {
      return TaskTree.task(image, entry, reader);
    }
  }

  /**
   * The memory map of a task that has one ({@link TaskState#hasMemory()}).
   *
   * @param pid as in {@link ImageTask#pid()}
   */
  public MmEntry mm(long pid) throws IOException {
    return MemoryMapReader.read(image("mm", pid));
  }

  /** Whether there is a pagemap of that task: in a parent directory it can be missing. */
  public boolean hasPagemap(long pid) {
    return Files.exists(name("pagemap", pid));
  }

  /**
   * Opens the pagemap of a task; the caller closes it.
   *
   * @param pid as in {@link ImageTask#pid()}
   */
  public PagemapReader pagemap(long pid) throws IOException {
    return PagemapReader.open(image("pagemap", pid));
  }

  /** Ids of the shared memories that have a pagemap, as unsigned numbers, ascending. */
  public List<Long> shmemIds() throws IOException {
    List<Long> ids = new ArrayList<>();
    try (DirectoryStream<Path> images =
        Files.newDirectoryStream(path, SHMEM_PREFIX + "*" + SUFFIX)) {
      for (Path image : images) {
        String name = image.getFileName().toString();
        ids.add(
            shmemId(image, name.substring(SHMEM_PREFIX.length(), name.length() - SUFFIX.length())));
      }
    }
    ids.sort(Long::compareUnsigned);
    return Collections.unmodifiableList(ids);
  }

  private static long shmemId(Path image, String digits) throws ImageFormatException {
    try {
      return Long.parseUnsignedLong(digits);
    } catch (NumberFormatException e) {
      throw new ImageFormatException(image, 0, "\"" + digits + "\" is no id of a shared memory", e);
    }
  }

  /** Opens the pagemap of a shared memory ({@link VmaEntry#getShmid()}); the caller closes it. */
  public PagemapReader shmemPagemap(long id) throws IOException {
    return PagemapReader.open(image("pagemap-shmem", id));
  }

  /**
   * The file of the pages that a pagemap tells of.
   *
   * @param pagesId as in {@link PagemapReader#pagesId()}
   * @throws NoSuchFileException when it is missing
   */
  public Path pagesFile(long pagesId) throws IOException {
    return image("pages", pagesId);
  }

  /** The mapped and open files. */
  public FileTable files() throws IOException {
    return FileTable.read(path);
  }

  /**
   * This directory, the one that its {@code parent} link points to, and so on to the oldest.
   *
   * @throws NoSuchFileException when a link points to nothing
   * @throws IOException when the links form a loop or more than 256 are in a row
   */
  public List<ImageDirectory> chain() throws IOException {
    List<ImageDirectory> chain = new ArrayList<>();
    List<Path> seen = new ArrayList<>();
    ImageDirectory directory = this;
    while (directory != null) {
      Path real = directory.path.toRealPath();
      if (seen.contains(real)) {
        throw new IOException(
            directory.path + ": the parent links form a loop; pre-dump again into new directories");
      }
      if (seen.size() > MAX_PARENTS) {
        throw new IOException(
            path + ": more than " + MAX_PARENTS + " parents in a row; make a full dump");
      }
      seen.add(real);
      chain.add(directory);
      directory = directory.parent();
    }
    return List.copyOf(chain);
  }

  private ImageDirectory parent() throws IOException {
    Path link = path.resolve("parent");
    if (!Files.isSymbolicLink(link) && !Files.isDirectory(link)) {
      return null;
    }
    Path target = Files.isSymbolicLink(link) ? path.resolve(Files.readSymbolicLink(link)) : link;
    if (!Files.isDirectory(target)) {
      throw missing(
          link,
          "points to %s, which is not there; copy the pre-dump's directory there, or mend the link"
              .formatted(target));
    }
    Path image = target.resolve("inventory.img");
    return new ImageDirectory(target, Files.exists(image) ? readInventory(image) : null);
  }

  private Path name(String kind, long id) {
    return path.resolve(kind + "-" + Long.toUnsignedString(id) + SUFFIX);
  }

  private Path image(String kind, long id) throws NoSuchFileException {
    return require(name(kind, id), "the dump did not finish, or the images were not all copied");
  }

  private static Path require(Path image, String why) throws NoSuchFileException {
    if (!Files.exists(image)) {
      throw missing(image, "no such image; " + why);
    }
    return image;
  }

  private static NoSuchFileException missing(Path file, String reason) {
    return new NoSuchFileException(file.toString(), null, reason);
  }
}
