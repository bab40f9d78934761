package io.criulazy.client.sys;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import jnr.ffi.Pointer;

/**
 * A process that shares this process's table of open files, so that all of them, present and
 * future, stay open when this process is killed. A userfaultfd that the kernel has just handed out
 * is with the keeper in the same instant: there is no moment in which it has only one holder.
 *
 * <p>It is a clone (CLONE_FILES, without CLONE_VM) that runs nothing but {@link #CODE}: it unmaps
 * all memory but its own two pages, leaves the session and ignores signals. As soon as its parent
 * is gone it closes what nobody can take over (pipes, logs, ports), so that others don't wait for
 * it, and looks once a second whether any userfaultfd in the table belongs to a process that still
 * lives, or is queued in a socket of a restoring criu, told by SO_PASSCRED. It exits when there is
 * none, some seconds later if a restoring criu may be about to connect. A new program of ours takes
 * the files over with {@link ForeignFiles} and has them {@link #release released}.
 */
public final class Keeper implements AutoCloseable {
  /**
   * What the keeper runs, position-independent x86-64, assembled from src/test/asm/keeper.S:
   *
   * <pre>
   * rt_sigprocmask(SIG_BLOCK, arg.allSignals); prctl(PR_SET_PDEATHSIG, ORDER); setsid();
   * prctl(PR_SET_NAME, arg.name);
   * for (i = 0; i < 3; i++) munmap(arg.unmapped[i].start, arg.unmapped[i].bytes);
   * do sigtimedwait(ORDER, arg.interval); while (getppid() == arg.parent);
   * close what is neither a userfaultfd nor a socket, and sockets that listen to a network
   * do {
   *   alive = 0;
   *   for (fd = arg.lastFd; fd >= 0; fd--) {
   *     r = ioctl(fd, UFFDIO_ZEROPAGE, arg.nowhere);    // ENOENT or EAGAIN: its process lives;
   *     if (r == -ENOENT || r == -EAGAIN) alive = 1;    // ESRCH: it has exited; ENOTTY: no uffd
   *     if (fd has SO_PASSCRED && (bytes are queued || somebody waits to be accepted)) alive = 1;
   *   }
   *   if (!alive && (no unix socket is open || --arg.grace < 0)) exit_group(0);
   *   while (sigtimedwait(ORDER, &info, arg.interval) == ORDER && info.code == SI_QUEUE)
   *     close(info.value);
   * } while (1);
   * </pre>
   */
  static final byte[] CODE =
      HexFormat.of()
          .parseHex(
              "4889fb31ff488d737031d241ba08000000b80e0000000f05bf01000000be2800"
                  + "0000b89d0000000f05bf0f000000488db380000000b89d0000000f05b8700000"
                  + "000f0541bc030000004c8d6b08498b7d00498b7508b80b0000000f054983c510"
                  + "41ffcc75e8e833010000b86e0000000f053b0374f04531f6448b6338e8390100"
                  + "004883f8e7753cba27000000e83d01000085c0781c83bb9000000001741fba1e"
                  + "000000e82601000083bb900000000074124489e7b8030000000f05eb0641be01"
                  + "00000041ffcc79b4eb208bbbb8000000b8030000000f05e8c100000083f82875"
                  + "0983bba8000000ff74e04531ed448b6338e8c40000004883f8fe74754883f8f5"
                  + "746f4883f8e7756cba10000000e8bc00000085c0785e83bb9000000000745544"
                  + "89e7be1b540000488d9390000000b8100000000f054883f8ea740b83bb900000"
                  + "00007430eb2b4489a390000000c7839400000001000000488dbb90000000be01"
                  + "00000031d2b8070000000f0583f801750341ffc541ffcc0f8974ffffff4585ed"
                  + "0f8551ffffff4585f67409ff4b3c0f8943ffffff31ffb8e70000000f05488d7b"
                  + "78488db3a0000000488d536041ba08000000b8800000000f05c34489e7be04aa"
                  + "20c0488d5340b8100000000f05c3c78394000000040000004489e7be01000000"
                  + "4c8d93900000004c8d8394000000b8370000000f05c3");

  private static final int PAGE_BYTES = ClonedCode.PAGE_BYTES;
  private static final long TOP_OF_USER_MEMORY = 0x7FFF_FFFF_F000L;

  private static final int CLONE_FILES = 0x400;
  private static final int SIGKILL = 9;

  /** The most files that a program with a keeper may have open: it looks at no more. */
  public static final int MOST_FILES = 65_536;

  /** For so long it holds the sockets of restores that have no process yet. */
  private static final int GRACE_SECONDS = 10;

  /** A real-time signal that nothing else uses. */
  private static final int ORDER = 40;

  private static final int SI_QUEUE = -1;
  private static final int SIGINFO_BYTES = 128;
  private static final int RELEASE_STEP_MS = 5;
  private static final int RELEASE_STEPS = 400;
  private static final int ARCH_GET_FS = 0x1003;
  private static final int THREAD_BYTES = 4 * PAGE_BYTES;
  private static final byte[] NAME = "criu-lazy-keep\0".getBytes(StandardCharsets.US_ASCII);

  private final int pid;

  private Keeper(int pid) {
    this.pid = pid;
  }

  /**
   * Starts a keeper of this process's files.
   *
   * @throws SysException if there can't be another process, or no executable memory
   */
  public static Keeper start() throws SysException {
    try (ClonedCode code = new ClonedCode("the keeper", CODE)) {
      writeArgument(code);
      return new Keeper(code.start(CLONE_FILES | ClonedCode.SIGCHLD));
    }
  }

  /** The keepers on this machine, those of living programs too. */
  static List<Integer> all() throws IOException {
    List<Integer> pids = new ArrayList<>();
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
      for (Path process : processes) {
        int pid = Integer.parseInt(process.getFileName().toString());
        if (isThere(pid)) {
          pids.add(pid);
        }
      }
    }
    return pids;
  }

  /** Whether a pid is a keeper's. */
  static boolean isThere(int pid) {
    try {
      byte[] comm = Files.readAllBytes(Path.of("/proc", Integer.toString(pid), "comm"));
      return Arrays.equals(comm, 0, comm.length - 1, NAME, 0, NAME.length - 1);
    } catch (IOException e) {
      return false; // it has ended
    }
  }

  /** Offsets are those that {@link #CODE} was made for. */
  private static void writeArgument(ClonedCode code) throws SysException {
    Pointer argument = code.argument();
    long mapping = code.address();
    argument.putLong(0, ProcessHandle.current().pid());
    long threadStart = threadPages();
    long low = Math.min(mapping, threadStart);
    long lowEnd = low + (low == mapping ? ClonedCode.MAPPED_BYTES : THREAD_BYTES);
    long high = Math.max(mapping, threadStart);
    long highEnd = high + (high == mapping ? ClonedCode.MAPPED_BYTES : THREAD_BYTES);
    putRange(argument, 8, 0, low);
    putRange(argument, 24, lowEnd, high);
    putRange(argument, 40, highEnd, TOP_OF_USER_MEMORY);
    argument.putInt(56, MOST_FILES - 1);
    argument.putInt(60, GRACE_SECONDS);
    argument.putLong(64, Uffd.NOWHERE); // struct uffdio_zeropage
    argument.putLong(72, PAGE_BYTES);
    argument.putLong(96, 1); // struct timespec: one second
    argument.putLong(112, -1); // all signals
    argument.putLong(120, 1L << (ORDER - 1));
    argument.put(128, NAME, 0, NAME.length);
  }

  private static void putRange(Pointer argument, int offset, long start, long end) {
    argument.putLong(offset, start);
    argument.putLong(offset + 8, Math.max(0, end - start));
  }

  /**
   * The pages around the calling thread's control block. The kernel writes into its rseq area
   * whenever the clone is moved to another CPU, and kills it if it can't.
   */
  private static long threadPages() throws SysException {
    NativeBuffer base = new NativeBuffer(8);
    SysException.check(
        "arch_prctl(ARCH_GET_FS)",
        "this thread",
        LibC.call(SyscallNumbers.ARCH_PRCTL, ARCH_GET_FS, base.address(), 0));
    return (base.getLong(0) & -PAGE_BYTES) - THREAD_BYTES / 2;
  }

  /** Its pid. */
  public int pid() {
    return pid;
  }

  /** Ends and reaps it: this process alone holds its files again. */
  @Override
  public void close() {
    ChildProcess.end(pid);
  }

  /**
   * Has a keeper that an earlier program has left close files, and waits until it has. Somebody
   * else holds by now what is to stay open.
   *
   * @param numbers of the files, in its table
   * @throws IOException if it doesn't: their processes would wait for pages that they remove later
   */
  public static void release(int pid, Collection<Integer> numbers) throws IOException {
    NativeBuffer info = new NativeBuffer(SIGINFO_BYTES).putInt(0, ORDER).putInt(8, SI_QUEUE);
    for (int number : numbers) {
      Path link = Path.of("/proc/" + pid + "/fd/" + number);
      for (int step = 0; Files.exists(link, LinkOption.NOFOLLOW_LINKS); step++) {
        if (step == RELEASE_STEPS) {
          throw new IOException("the keeper (pid " + pid + ") doesn't let go of file " + number);
        }
        if (step == 0) {
          info.putInt(24, number);
          SysException.check(
              "rt_sigqueueinfo",
              "the keeper, pid " + pid,
              LibC.call(SyscallNumbers.RT_SIGQUEUEINFO, pid, ORDER, info.address()));
        }
        LockSupport.parkNanos(RELEASE_STEP_MS * 1_000_000L);
      }
    }
  }

  /** Ends a keeper that an earlier program has left. */
  public static void endAbandoned(int pid) {
    LibC.call(SyscallNumbers.KILL, pid, SIGKILL, 0);
  }
}
