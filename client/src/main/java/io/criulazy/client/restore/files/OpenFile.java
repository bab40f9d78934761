package io.criulazy.client.restore.files;

import io.criulazy.proto.image.files.FileRecord;
import java.util.List;
import java.util.stream.Collectors;

/**
 * One open file description, and all descriptors that stand for it.
 *
 * @param record what it is
 * @param slots at least one; those of parents before those of their children
 */
record OpenFile(FileRecord record, List<Slot> slots) {
  /** The task that makes it; the others get it from there. */
  int maker() {
    return slots.get(0).pid();
  }

  /** Its number in the task that makes it. */
  int firstFd() {
    return slots.get(0).fd();
  }

  /** For people: {@code fd 3 of task 12}. */
  String where() {
    String numbers =
        slots.stream()
            .filter(slot -> slot.pid() == maker())
            .map(slot -> Integer.toString(slot.fd()))
            .collect(Collectors.joining(", "));
    return "fd " + numbers + " of task " + maker();
  }
}
