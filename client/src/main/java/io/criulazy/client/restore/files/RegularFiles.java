package io.criulazy.client.restore.files;

import io.criulazy.client.sys.SyscallNumbers;
import io.criulazy.proto.image.files.RegularFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Files, directories and harmless character devices that a path names. */
final class RegularFiles {
  private static final int O_PATH = 0x200000;
  private static final int SEEK_SET = 0;
  private static final long NO_POSITION = -1;

  /** Not kept by an open file, or wrong when it is opened again: O_CREAT, O_EXCL, ... */
  private static final int ONLY_AT_FIRST = 0x40 | 0x80 | 0x200;

  private static final int S_IFMT = 0xF000;
  private static final int S_IFCHR = 0x2000;
  private static final int S_IFDIR = 0x4000;
  private static final int S_IFREG = 0x8000;
  private static final Set<Integer> TYPES = Set.of(S_IFREG, S_IFDIR, S_IFCHR);
  private static final int MEMORY_DEVICES = 1;

  /** null, zero, full, random, urandom, kmsg: they have no state of their own. */
  private static final Set<Integer> STATELESS = Set.of(3, 5, 7, 8, 9, 11);

  private static final Pattern OF_A_PROCESS = Pattern.compile("/proc/(\\d+)(/.*)?");

  private RegularFiles() {}

  /** Plans one, or says why not. */
  static void plan(Plan plan, OpenFile file, RegularFile regular) {
    String cause = cause(plan, regular, TYPES);
    if (cause == null) {
      plan.add(husks -> make(husks, file, regular));
    } else {
      plan.refuse(file, cause);
    }
  }

  /**
   * Why a path can't be opened again, or null.
   *
   * @param types S_IF* that it may have
   */
  static String cause(Plan plan, RegularFile regular, Set<Integer> types) {
    if (plan.isRemapped(regular.id())) {
      return regular.name() + ", which was removed or renamed when it was dumped";
    }
    if (regular.external().orElse(false) || !regular.name().startsWith("/")) {
      return regular.name() + ", which is external";
    }
    Matcher ofProcess = OF_A_PROCESS.matcher(regular.name());
    if (ofProcess.matches() && plan.isTask(ofProcess.group(1))) {
      return null; // comes with the task
    }
    try {
      return difference(regular, types, Files.readAttributes(Path.of(regular.name()), "unix:*"));
    } catch (IOException e) {
      return regular.name() + ", which is not there: put it back, or copy it to this host";
    }
  }

  private static String difference(
      RegularFile regular, Set<Integer> types, Map<String, Object> now) {
    int mode = (Integer) now.get("mode");
    long size = (Long) now.get("size");
    if (mode != regular.mode().orElse(mode)) {
      return "%s, which has mode %o now, not %o"
          .formatted(regular.name(), mode, regular.mode().orElse(0));
    }
    if (regular.size().isPresent() && size != regular.size().getAsLong()) {
      return "%s, which has %d bytes now, not %d"
          .formatted(regular.name(), size, regular.size().getAsLong());
    }
    int type = mode & S_IFMT;
    if (type == S_IFCHR && !isStateless((Long) now.get("rdev"))) {
      return regular.name() + ", a device";
    }
    return types.contains(type) ? null : "%s, of type %o".formatted(regular.name(), type);
  }

  /** The C library's packing: 12 bits of the major number from bit 8, 8 of the minor one below. */
  private static boolean isStateless(long device) {
    long major = device >> 8 & 0xFFF;
    return major == MEMORY_DEVICES && STATELESS.contains((int) (device & 0xFF));
  }

  private static void make(Husks husks, OpenFile file, RegularFile regular) throws IOException {
    Husk husk = husks.maker(file);
    int fd = husk.open(regular.name(), regular.flags() & ~ONLY_AT_FIRST);
    if ((regular.flags() & O_PATH) == 0) {
      if (regular.position() != NO_POSITION) {
        husk.must(
            "lseek in " + regular.name(), SyscallNumbers.LSEEK, fd, regular.position(), SEEK_SET);
      }
      husk.setStatus(fd, regular.flags());
    }
    husks.place(file, husk, fd, regular.owner());
  }
}
