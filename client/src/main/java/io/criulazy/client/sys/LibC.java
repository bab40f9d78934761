package io.criulazy.client.sys;

import jnr.ffi.LastError;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Runtime;

/**
 * The C library, as far as criu-lazy calls it: numbers in, numbers out.
 *
 * <p>Only a handful of functions is bound, because jnr generates code for each at start-up: the
 * three calls of the fault path, and {@code syscall} for everything else. No function with exactly
 * six integer parameters may be added: jnr's x86-64 stubs pass garbage as the sixth (jnr-ffi issue
 * 181), which a test watches.
 */
final class LibC {
  /** The bound functions. Variadic ones work with fixed signatures of integers on x86-64. */
  public interface Functions {
    int ioctl(int fd, long request, long argumentAddress);

    long read(int fd, long bufferAddress, long bytes);

    int epoll_wait(int epollFd, long eventsAddress, int maxEvents, int timeoutMs);

    long syscall(long number, long a, long b, long c, long d, long e, long f);
  }

  /** glibc's clone(2), which runs a function on another stack. */
  public interface Clone {
    int clone(long function, long stackTop, int flags, long argument, long a, long b, long c);
  }

  static final Functions FUNCTIONS = LibraryLoader.create(Functions.class).load("c");

  private static final Runtime RUNTIME = Runtime.getRuntime(FUNCTIONS);

  private LibC() {}

  static Runtime runtime() {
    return RUNTIME;
  }

  /**
   * Turns the C library's {@code -1} into the negative error number, and lets go of the buffers
   * whose addresses were handed over. To be called on the calling thread directly after the call.
   */
  static long result(long returned) {
    long result = returned == -1 ? -LastError.getLastError(RUNTIME) : returned;
    NativeBuffer.callHasReturned();
    return result;
  }

  /** A system call by number; the result is a value or a negative error number. */
  static long call(long number, long a, long b, long c, long d, long e, long f) {
    return result(FUNCTIONS.syscall(number, a, b, c, d, e, f));
  }

  static long call(long number, long a, long b, long c) {
    return call(number, a, b, c, 0, 0, 0);
  }

  static long call(long number, long a) {
    return call(number, a, 0, 0, 0, 0, 0);
  }
}
