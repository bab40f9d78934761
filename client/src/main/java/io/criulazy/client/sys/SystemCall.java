package io.criulazy.client.sys;

/** Any system call of this process, by number. */
public final class SystemCall {
  private static final int MAX_ARGUMENTS = 6;

  private SystemCall() {}

  /**
   * Makes a call on the calling thread.
   *
   * @param number one of {@link SyscallNumbers}
   * @param arguments at most six; memory that they point to is kept reachable by the caller
   * @return the result, or a negative error number
   */
  public static long call(long number, long... arguments) {
    if (arguments.length > MAX_ARGUMENTS) {
      throw new IllegalArgumentException("a system call has at most six arguments");
    }
    return LibC.call(
        number,
        argument(arguments, 0),
        argument(arguments, 1),
        argument(arguments, 2),
        argument(arguments, 3),
        argument(arguments, 4),
        argument(arguments, 5));
  }

  private static long argument(long[] arguments, int index) {
    return index < arguments.length ? arguments[index] : 0;
  }
}
