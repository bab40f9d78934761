package io.criulazy.client.restore.files;

import io.criulazy.client.sys.Errno;
import io.criulazy.client.sys.SyscallNumbers;
import io.criulazy.proto.image.files.Inotify;
import io.criulazy.proto.image.files.InotifyWatch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;

/** An inotify instance with its watches under their old numbers. Events are not recorded. */
final class Inotifies implements Making {
  private static final long SET_NEXT_WATCH = 0x40044900L; // INOTIFY_IOC_SETNEXTWD
  private static final int O_NONBLOCK = 0x800;
  private static final int EVENTS_BYTES = 16 << 10;

  /** IN_ALL_EVENTS, IN_EXCL_UNLINK, IN_ONESHOT. */
  private static final int MASK = 0xFFF | 0x04000000 | 0x80000000;

  private final OpenFile file;
  private final Inotify inotify;

  private Inotifies(OpenFile file, Inotify inotify) {
    this.file = file;
    this.inotify = inotify;
  }

  static void plan(Plan plan, OpenFile file, Inotify inotify) {
    for (InotifyWatch watch : inotify.watches()) {
      String path = watch.handle().path().orElse("");
      if (!path.startsWith("/")) {
        plan.refuse(file, "an inotify instance that watches a file without a path");
        return;
      }
      if (!isStill(path, watch.inode())) {
        plan.refuse(file, "an inotify instance that watches another file than " + path + " is now");
        return;
      }
    }
    plan.add(new Inotifies(file, inotify));
  }

  private static boolean isStill(String path, long inode) {
    try {
      return (Long) Files.getAttribute(Path.of(path), "unix:ino") == inode;
    } catch (IOException | InvalidPathException e) {
      return false;
    }
  }

  @Override
  public void make(Husks husks) throws IOException {
    Husk husk = husks.maker(file);
    int fd = husk.aside(husk.must("inotify_init1", SyscallNumbers.INOTIFY_INIT1, 0));
    List<InotifyWatch> ascending =
        inotify.watches().stream().sorted(Comparator.comparingInt(InotifyWatch::wd)).toList();
    for (InotifyWatch watch : ascending) {
      add(husk, fd, watch);
    }
    husks.place(file, husk, fd, inotify.owner());
  }

  private static void add(Husk husk, int fd, InotifyWatch watch) throws IOException {
    String path = watch.handle().path().orElseThrow();
    husk.must("ioctl(INOTIFY_IOC_SETNEXTWD)", SyscallNumbers.IOCTL, fd, SET_NEXT_WATCH, watch.wd());
    long number =
        husk.must(
            "inotify_add_watch of " + path,
            SyscallNumbers.INOTIFY_ADD_WATCH,
            fd,
            husk.put(path),
            watch.mask() & MASK);
    if (number != watch.wd()) {
      throw new IOException(
          "inotify_add_watch of %s gave the number %d, not %d".formatted(path, number, watch.wd()));
    }
  }

  /** Forgets what the restore itself has caused. */
  @Override
  public void finish(Husks husks) throws IOException {
    Husk husk = husks.maker(file);
    int fd = file.firstFd();
    husk.setStatus(fd, O_NONBLOCK);
    long read;
    do {
      long address = husk.put(new byte[EVENTS_BYTES]);
      read = husk.call(SyscallNumbers.READ, fd, address, EVENTS_BYTES);
    } while (read > 0);
    if (read != -Errno.EAGAIN) {
      husk.must("read of an inotify instance", SyscallNumbers.READ, fd, 0, 0);
    }
    husk.setStatus(fd, inotify.flags());
  }
}
