package io.criulazy.client.sys;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;

/**
 * The {@link Keeper} of a program that was killed, from which another one takes the files over. One
 * thread.
 */
public final class AbandonedKeeper implements AutoCloseable {
  private static final int KCMP_FILE = 0;

  private final int pid;
  private final ForeignFiles files;
  private final Set<Integer> userfaultfds;

  /** What this program has got, or nobody needs any more. */
  private final Set<Integer> settled = new TreeSet<>();

  /** Opens it; it has to live. */
  public AbandonedKeeper(int pid) throws IOException {
    this.pid = pid;
    this.files = new ForeignFiles(pid);
    this.userfaultfds = new TreeSet<>(files.userfaultfds());
  }

  /**
   * Has every keeper of a program that was killed between close what this program holds: each of
   * them may have been killed when it had taken the files over, and before it could have the keeper
   * before let go. Whoever has been left so far is found by what it holds.
   *
   * @param held this program's userfaultfds
   * @param except keepers that are known
   */
  public static void releaseOthers(Collection<Integer> held, Set<Integer> except)
      throws IOException {
    for (int pid : Keeper.all()) {
      if (except.contains(pid) || sharesFilesWithUs(pid)) {
        continue;
      }
      try (AbandonedKeeper other = new AbandonedKeeper(pid)) {
        if (other.settleHeld(held)) {
          other.release(false);
        }
      } catch (IOException e) {
        if (Keeper.isThere(pid)) {
          throw e;
        }
      }
    }
  }

  /** Whether it is this program's own: it has the same table of files. */
  private static boolean sharesFilesWithUs(int pid) {
    int self = (int) ProcessHandle.current().pid();
    return LibC.call(SyscallNumbers.KCMP, self, pid, Kcmp.FILES, 0, 0, 0) == 0;
  }

  /** Whether it holds a userfaultfd by a number. */
  public boolean hasUserfaultfd(int number) {
    return userfaultfds.contains(number);
  }

  /**
   * Another descriptor of a file that it holds; it still does.
   *
   * @param number of the file, in its table
   */
  public int take(int number) throws SysException {
    return files.take(number);
  }

  /** Files are on record as this program's, or nobody needs them any more. */
  public void settle(Set<Integer> numbers) {
    settled.addAll(numbers);
  }

  /**
   * Settles the userfaultfds that this program holds, too: a program between was killed when it had
   * taken them over, and before it could have this keeper let go.
   *
   * @param held this program's
   * @return whether there is any
   */
  public boolean settleHeld(Collection<Integer> held) {
    int before = settled.size();
    int self = (int) ProcessHandle.current().pid();
    for (int number : userfaultfds) {
      for (int own : held) {
        if (LibC.call(SyscallNumbers.KCMP, self, pid, KCMP_FILE, own, number, 0) == 0) {
          settled.add(number);
        }
      }
    }
    return settled.size() > before;
  }

  /** See {@link ForeignFiles#acceptedAt}. */
  public int acceptedAt(Path path) throws IOException {
    return files.acceptedAt(path);
  }

  /** See {@link ForeignFiles#isBoundAt}. */
  public boolean isBoundAt(int number, Path path) throws IOException {
    return files.isBoundAt(number, path);
  }

  /** See {@link ForeignFiles#isListening}. */
  public boolean isListening(int number) throws IOException {
    return files.isListening(number);
  }

  Set<Integer> settled() {
    return settled;
  }

  /**
   * Has it close what is settled: this program alone holds that now. If there is nothing else that
   * somebody could need, it ends.
   *
   * @param all whether nobody but this program could go on with what it holds, so that nobody needs
   *     its sockets any more
   */
  public void release(boolean all) throws IOException {
    if (all) {
      settled.addAll(files.unixSockets());
    }
    if (hasLiveUserfaultfd() || !settled.containsAll(files.unixSockets())) {
      Keeper.release(pid, settled);
    } else {
      Keeper.endAbandoned(pid);
    }
  }

  private boolean hasLiveUserfaultfd() throws IOException {
    Set<Integer> unknown = new TreeSet<>(userfaultfds);
    unknown.removeAll(settled);
    return files.hasLiveUserfaultfd(unknown);
  }

  @Override
  public void close() {
    files.close();
  }
}
