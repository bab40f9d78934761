package io.criulazy.client.sys;

/**
 * Numbers of the system calls that are made through {@code syscall(2)}: x86-64 (uapi
 * asm/unistd_64.h). Another architecture brings its own table.
 */
final class SyscallNumbers {
  static final int WRITE = 1;
  static final int OPEN = 2;
  static final int CLOSE = 3;
  static final int MMAP = 9;
  static final int MUNMAP = 11;
  static final int MADVISE = 28;
  static final int SOCKET = 41;
  static final int RECVMSG = 47;
  static final int BIND = 49;
  static final int LISTEN = 50;
  static final int GETSOCKOPT = 55;
  static final int KILL = 62;
  static final int FCNTL = 72;
  static final int SETPRIORITY = 141;
  static final int GETTID = 186;
  static final int EPOLL_CTL = 233;
  static final int ACCEPT4 = 288;
  static final int EVENTFD2 = 290;
  static final int EPOLL_CREATE1 = 291;
  static final int PRLIMIT64 = 302;
  static final int PROCESS_VM_READV = 310;
  static final int MEMFD_CREATE = 319;
  static final int USERFAULTFD = 323;
  static final int ARCH_PRCTL = 158;
  static final int PIDFD_OPEN = 434;
  static final int PIDFD_GETFD = 438;
  static final int MPROTECT = 10;
  static final int WAIT4 = 61;
  static final int GETSOCKNAME = 51;

  private SyscallNumbers() {}

  static {
    String arch = System.getProperty("os.arch");
    if (!arch.equals("amd64") && !arch.equals("x86_64")) {
      throw new UnsupportedOperationException(
          "criu-lazy runs on x86-64 Linux; this machine is " + arch);
    }
  }
}
