package io.criulazy.client.sys;

/**
 * Numbers of the system calls that are made through {@code syscall(2)}, here or in a traced thread:
 * x86-64 (uapi asm/unistd_64.h). Another architecture brings its own table.
 */
public final class SyscallNumbers {
  public static final int WRITE = 1;
  public static final int OPEN = 2;
  public static final int CLOSE = 3;
  public static final int MMAP = 9;
  public static final int MUNMAP = 11;
  public static final int MADVISE = 28;
  public static final int SOCKET = 41;
  public static final int RECVMSG = 47;
  public static final int BIND = 49;
  public static final int LISTEN = 50;
  public static final int SETSOCKOPT = 54;
  public static final int GETSOCKOPT = 55;
  public static final int KILL = 62;
  public static final int FCNTL = 72;
  public static final int SETPRIORITY = 141;
  public static final int GETTID = 186;
  public static final int EPOLL_CTL = 233;
  public static final int ACCEPT4 = 288;
  public static final int EVENTFD2 = 290;
  public static final int EPOLL_CREATE1 = 291;
  public static final int PRLIMIT64 = 302;
  public static final int PROCESS_VM_READV = 310;
  public static final int MEMFD_CREATE = 319;
  public static final int USERFAULTFD = 323;
  public static final int ARCH_PRCTL = 158;
  public static final int RT_SIGQUEUEINFO = 129;
  public static final int PIDFD_SEND_SIGNAL = 424;
  public static final int PIDFD_OPEN = 434;
  public static final int PIDFD_GETFD = 438;
  public static final int MPROTECT = 10;
  public static final int WAIT4 = 61;
  public static final int GETSOCKNAME = 51;
  public static final int READ = 0;
  public static final int RT_SIGACTION = 13;
  public static final int RT_SIGPROCMASK = 14;
  public static final int SCHED_YIELD = 24;
  public static final int MREMAP = 25;
  public static final int DUP2 = 33;
  public static final int NANOSLEEP = 35;
  public static final int GETPID = 39;
  public static final int PTRACE = 101;
  public static final int PRCTL = 157;
  public static final int GETPPID = 110;
  public static final int TGKILL = 234;
  public static final int DUP3 = 292;
  public static final int PROCESS_VM_WRITEV = 311;
  public static final int IOCTL = 16;

  private SyscallNumbers() {}

  static {
    String arch = System.getProperty("os.arch");
    if (!arch.equals("amd64") && !arch.equals("x86_64")) {
      throw new UnsupportedOperationException(
          "criu-lazy runs on x86-64 Linux; this machine is " + arch);
    }
  }
}
