package io.criulazy.client.sys;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;

/**
 * The {@link Keeper} of a program that was killed, from which another one takes the files over. One
 * thread.
 */
public final class AbandonedKeeper implements AutoCloseable {
  private final int pid;
  private final ForeignFiles files;
  private final Set<Integer> userfaultfds;

  /** What this program has got a descriptor of its own for. */
  private final Set<Integer> taken = new TreeSet<>();

  /** What nobody needs any more. */
  private final Set<Integer> dropped = new TreeSet<>();

  /** Opens it; it has to live. */
  public AbandonedKeeper(int pid) throws IOException {
    this.pid = pid;
    this.files = new ForeignFiles(pid);
    this.userfaultfds = new TreeSet<>(files.userfaultfds());
  }

  /** Whether it holds a userfaultfd by a number, and nobody has taken that. */
  public boolean hasUserfaultfd(int number) {
    return userfaultfds.contains(number) && !taken.contains(number);
  }

  /**
   * Another descriptor of a file that it holds.
   *
   * @param number of the file, in its table
   */
  public int take(int number) throws SysException {
    int fd = files.take(number);
    taken.add(number);
    return fd;
  }

  /** Nobody needs a file any more: it is closed with those that were taken. */
  public void drop(int number) {
    dropped.add(number);
  }

  /** See {@link ForeignFiles#acceptedAt}. */
  public int acceptedAt(Path path) throws IOException {
    return files.acceptedAt(path);
  }

  /**
   * Has it close what was taken: this program alone holds that now. If there is nothing else that
   * somebody could need, it ends.
   *
   * @param all whether all restores that it held have been taken over, so that nobody needs its
   *     sockets any more
   */
  public void release(boolean all) throws IOException {
    Set<Integer> settled = new TreeSet<>(taken);
    settled.addAll(dropped);
    if (isNeeded(settled, all)) {
      Keeper.release(pid, settled);
    } else {
      Keeper.endAbandoned(pid);
    }
  }

  private boolean isNeeded(Set<Integer> settled, boolean all) throws IOException {
    for (int number : userfaultfds) {
      if (!settled.contains(number) && files.isLiveUserfaultfd(number)) {
        return true;
      }
    }
    return !all && !settled.containsAll(files.unixSockets());
  }

  @Override
  public void close() {
    files.close();
  }
}
