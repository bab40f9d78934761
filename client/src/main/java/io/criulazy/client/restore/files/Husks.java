package io.criulazy.client.restore.files;

import io.criulazy.proto.image.files.FileOwner;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The tasks of a tree, while their files are made. */
final class Husks {
  private final Map<Integer, Husk> byPid = new LinkedHashMap<>();

  /**
   * @param firstFree of each task, a number from which on no recorded descriptor is
   */
  Husks(List<? extends HuskCalls> tasks, Map<Integer, Integer> firstFree) {
    for (HuskCalls task : tasks) {
      byPid.put(task.pid(), new Husk(task, firstFree.getOrDefault(task.pid(), 0)));
    }
    if (!byPid.keySet().containsAll(firstFree.keySet())) {
      throw new IllegalArgumentException(
          "files of " + firstFree.keySet() + " can't be made in " + byPid.keySet());
    }
  }

  void prepare() throws IOException {
    for (Husk husk : byPid.values()) {
      husk.prepare();
    }
  }

  /** The one that makes a file. */
  Husk maker(OpenFile file) {
    return byPid.get(file.maker());
  }

  Husk of(int pid) {
    return byPid.get(pid);
  }

  /**
   * Puts a made file to all its numbers, and closes the descriptor that it was made with.
   *
   * @param maker who has made it
   * @param made a number {@link Husk#aside} in the maker
   */
  void place(OpenFile file, Husk maker, int made, FileOwner owner) throws IOException {
    FileOwners.set(maker, made, owner);
    for (Slot slot : file.slots()) {
      Husk husk = of(slot.pid());
      if (husk == maker) {
        husk.place(made, slot);
      } else {
        int taken = husk.takeFrom(maker.pid(), made);
        husk.place(taken, slot);
        husk.close(taken);
      }
    }
    maker.close(made);
  }
}
