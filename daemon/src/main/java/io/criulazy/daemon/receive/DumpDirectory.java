package io.criulazy.daemon.receive;

import io.criulazy.proto.index.PagemapKind;
import io.criulazy.proto.pageserver.PagemapId;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The images directory that dumps are received into, with its link to the images before. Safe for
 * any number of threads and dumps at once.
 */
public final class DumpDirectory {
  /**
   * Numbers of pages files begin above those that the dumping criu uses for what it writes itself:
   * its directory and this one may be the same. criu's own server does so too.
   */
  static final long FIRST_PAGES_ID = 0x1_0001;

  private static final long MAX_PAGES_ID = 0xffff_ffffL;
  private static final String PARENT = "parent";

  private final Path path;
  private final AtomicLong nextPagesId = new AtomicLong(FIRST_PAGES_ID);

  private DumpDirectory(Path path) {
    this.path = path;
  }

  /**
   * Opens the directory and removes what a receiver that was killed has left in it.
   *
   * @param path an existing directory
   * @param previous the images before, relative to {@code path}: the link to them is made unless
   *     there is one
   * @throws IOException if one of them is not there or can't be written to
   */
  public static DumpDirectory open(Path path, Optional<Path> previous) throws IOException {
    Path real = path.toRealPath();
    if (previous.isPresent()) {
      linkParent(real, previous.get());
    }
    Staging.removeAbandoned(real);
    return new DumpDirectory(real);
  }

  private static void linkParent(Path directory, Path previous) throws IOException {
    Path target = directory.resolve(previous);
    if (!Files.isDirectory(target)) {
      throw new NoSuchFileException(
          target.toString(), null, "no such directory; --prev-images-dir is relative to -D");
    }
    try {
      Files.createSymbolicLink(directory.resolve(PARENT), previous);
    } catch (FileAlreadyExistsException e) {
      // The link that is there is the one that counts, as with criu.
    }
  }

  /** The directory, links resolved. */
  public Path path() {
    return path;
  }

  /** Begins to receive a dump; the caller closes it. */
  public IncomingDump begin() throws IOException {
    return new IncomingDump(this, Staging.in(path));
  }

  /**
   * The pagemap of the same task or shared memory in the images before.
   *
   * @return empty if there are no images before, or it is not among them
   * @throws IOException if the link to the images before leads nowhere
   */
  public Optional<Path> parentPagemap(PagemapId id) throws IOException {
    Path parent = path.resolve(PARENT);
    if (!Files.exists(parent, LinkOption.NOFOLLOW_LINKS)) {
      return Optional.empty();
    }
    if (!Files.isDirectory(parent)) {
      throw new NoSuchFileException(
          parent.toString(), null, "leads nowhere; the images before have to be there");
    }
    return Optional.of(parent.resolve(pagemapName(id))).filter(Files::exists);
  }

  /** A number for a pages file that no file here has, nor any other dump of this process. */
  int newPagesId() throws IOException {
    long id = nextPagesId.getAndIncrement();
    while (Files.exists(path.resolve(pagesName(id)))) {
      id = nextPagesId.getAndIncrement();
    }
    if (id > MAX_PAGES_ID) {
      throw new IOException(path + ": no number is left for a pages file; use a new directory");
    }
    return (int) id;
  }

  static String pagesName(long pagesId) {
    return "pages-" + pagesId + ".img";
  }

  static String pagemapName(PagemapId id) {
    String prefix = id.kind() == PagemapKind.TASK ? "pagemap-" : "pagemap-shmem-";
    return prefix + id.id() + ".img";
  }
}
