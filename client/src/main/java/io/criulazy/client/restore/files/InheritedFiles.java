package io.criulazy.client.restore.files;

import io.criulazy.proto.image.files.FileOwner;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;

/**
 * A file that is not made but is one of the caller's. Of a pipe a task gets an end of its own, so
 * that its flags are its own; everything else it shares with the caller, as it is.
 */
final class InheritedFiles {
  private static final int LAST_STANDARD = 2;
  private static final FileOwner NOBODY = new FileOwner(0, 0, 0, 0, 0);

  private InheritedFiles() {}

  /**
   * Plans one that a rule names.
   *
   * @param fd the caller's
   * @param flags of open(2), for a pipe
   */
  static void plan(Plan plan, Inheritance caller, OpenFile file, int fd, int flags) {
    if (caller.isOpen(fd)) {
      plan.add(husks -> give(husks, caller, file, fd, flags));
    } else {
      plan.refuse(file, "to be the caller's descriptor " + fd + ", which is not open");
    }
  }

  /** Plans one that stands for a standard stream: descriptor n becomes the caller's. */
  static void planStandard(Plan plan, Inheritance caller, OpenFile file, int flags) {
    int lowest = file.slots().stream().mapToInt(Slot::fd).min().orElseThrow();
    Map<Integer, List<Slot>> byOurs = new TreeMap<>();
    for (Slot slot : file.slots()) {
      int ours = slot.fd() <= LAST_STANDARD ? slot.fd() : lowest;
      byOurs.computeIfAbsent(ours, fd -> new ArrayList<>()).add(slot);
    }
    byOurs.forEach(
        (fd, slots) -> plan(plan, caller, new OpenFile(file.record(), slots), fd, flags));
  }

  /** Whether one of its descriptors is 0, 1 or 2. */
  static boolean isStandard(OpenFile file) {
    return file.slots().stream().anyMatch(InheritedFiles::isStandard);
  }

  static boolean isStandard(Slot slot) {
    return slot.fd() <= LAST_STANDARD;
  }

  private static void give(Husks husks, Inheritance caller, OpenFile file, int fd, int flags)
      throws IOException {
    Husk husk = husks.maker(file);
    int made = husk.takeFrom(caller.pid(), fd);
    if (caller.isPipe(fd)) {
      int own = husk.reopen(made, flags);
      husk.close(made);
      made = own;
    }
    husks.place(file, husk, made, NOBODY);
  }

  /** The caller's descriptor by the name of a pipe. */
  static OptionalInt ofPipe(Inheritance inheritance, int pipeId) {
    return inheritance.named("pipe:[" + Integer.toUnsignedString(pipeId) + "]");
  }
}
