package io.criulazy.client.sys;

import java.util.Map;

/**
 * Error numbers of the Linux system calls that criu-lazy makes (uapi asm-generic/errno.h; the same
 * on every architecture it can run on).
 *
 * <p>On the hot path a failed call is its negative error number; {@link SysException} names it at
 * the cold edge.
 */
public final class Errno {
  public static final int EPERM = 1;
  public static final int ENOENT = 2;
  public static final int ESRCH = 3;
  public static final int EINTR = 4;
  public static final int EBADF = 9;
  public static final int EAGAIN = 11;
  public static final int ENOMEM = 12;
  public static final int EACCES = 13;
  public static final int EFAULT = 14;
  public static final int EBUSY = 16;
  public static final int EEXIST = 17;
  public static final int EISDIR = 21;
  public static final int EINVAL = 22;
  public static final int ENFILE = 23;
  public static final int EMFILE = 24;
  public static final int ENOSPC = 28;
  public static final int EPIPE = 32;
  public static final int ENOSYS = 38;
  public static final int EIDRM = 43;
  public static final int EBADFD = 77;
  public static final int EADDRINUSE = 98;
  public static final int ECONNRESET = 104;
  public static final int ETIMEDOUT = 110;
  public static final int ECONNREFUSED = 111;
  public static final int EINPROGRESS = 115;
  public static final int ENOTSUP = 95;
  public static final int ENOTCONN = 107;

  private static final Map<Integer, String> NAMES =
      Map.ofEntries(
          Map.entry(EPERM, "EPERM (operation not permitted)"),
          Map.entry(ENOENT, "ENOENT (no such thing)"),
          Map.entry(ESRCH, "ESRCH (no such process)"),
          Map.entry(EINTR, "EINTR (interrupted)"),
          Map.entry(EBADF, "EBADF (bad file descriptor)"),
          Map.entry(EAGAIN, "EAGAIN (try again)"),
          Map.entry(ENOMEM, "ENOMEM (out of memory)"),
          Map.entry(EACCES, "EACCES (permission denied)"),
          Map.entry(EFAULT, "EFAULT (bad address)"),
          Map.entry(EBUSY, "EBUSY (in use)"),
          Map.entry(EEXIST, "EEXIST (exists already)"),
          Map.entry(EINVAL, "EINVAL (invalid argument)"),
          Map.entry(ENFILE, "ENFILE (too many open files in the system)"),
          Map.entry(EMFILE, "EMFILE (too many open files)"),
          Map.entry(ENOSPC, "ENOSPC (no space left)"),
          Map.entry(ENOSYS, "ENOSYS (not in this kernel)"),
          Map.entry(EPIPE, "EPIPE (the other end has closed)"),
          Map.entry(ECONNRESET, "ECONNRESET (the other end has broken the connection)"),
          Map.entry(ETIMEDOUT, "ETIMEDOUT (no answer in time)"),
          Map.entry(ECONNREFUSED, "ECONNREFUSED (nobody listens there)"),
          Map.entry(EADDRINUSE, "EADDRINUSE (address in use)"),
          Map.entry(ENOTCONN, "ENOTCONN (not connected)"),
          Map.entry(ENOTSUP, "EOPNOTSUPP (not supported)"));

  private Errno() {}

  /** The symbolic name and meaning of a positive error number. */
  public static String describe(int errno) {
    return NAMES.getOrDefault(errno, "errno " + errno);
  }

  /** The symbolic name alone, as a metric label: {@code EAGAIN}. */
  public static String name(int errno) {
    String described = NAMES.get(errno);
    return described == null ? "E" + errno : described.substring(0, described.indexOf(' '));
  }
}
