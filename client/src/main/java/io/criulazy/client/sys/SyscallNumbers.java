package io.criulazy.client.sys;

/**
 * Numbers of the system calls that are made through {@code syscall(2)}, here or in a traced thread:
 * x86-64 (uapi asm/unistd_64.h). Another architecture brings its own table.
 */
public final class SyscallNumbers {
  public static final int READ = 0;
  public static final int WRITE = 1;
  public static final int OPEN = 2;
  public static final int CLOSE = 3;
  public static final int LSEEK = 8;
  public static final int MMAP = 9;
  public static final int MPROTECT = 10;
  public static final int MUNMAP = 11;
  public static final int RT_SIGACTION = 13;
  public static final int RT_SIGPROCMASK = 14;
  public static final int IOCTL = 16;
  public static final int PREAD64 = 17;
  public static final int PWRITE64 = 18;
  public static final int SCHED_YIELD = 24;
  public static final int MREMAP = 25;
  public static final int MADVISE = 28;
  public static final int SHMGET = 29;
  public static final int SHMAT = 30;
  public static final int SHMCTL = 31;
  public static final int DUP2 = 33;
  public static final int NANOSLEEP = 35;
  public static final int SETITIMER = 38;
  public static final int GETPID = 39;
  public static final int SOCKET = 41;
  public static final int CONNECT = 42;
  public static final int SENDTO = 44;
  public static final int SENDMSG = 46;
  public static final int RECVFROM = 45;
  public static final int RECVMSG = 47;
  public static final int SHUTDOWN = 48;
  public static final int BIND = 49;
  public static final int LISTEN = 50;
  public static final int GETSOCKNAME = 51;
  public static final int SOCKETPAIR = 53;
  public static final int SETSOCKOPT = 54;
  public static final int GETSOCKOPT = 55;
  public static final int WAIT4 = 61;
  public static final int KILL = 62;
  public static final int FCNTL = 72;
  public static final int FLOCK = 73;
  public static final int FTRUNCATE = 77;
  public static final int CHDIR = 80;
  public static final int UNLINK = 87;
  public static final int CHMOD = 90;
  public static final int FCHMOD = 91;
  public static final int CHOWN = 92;
  public static final int FCHOWN = 93;
  public static final int UMASK = 95;
  public static final int PTRACE = 101;
  public static final int SETPGID = 109;
  public static final int GETPPID = 110;
  public static final int SETSID = 112;
  public static final int SETGROUPS = 116;
  public static final int SETRESUID = 117;
  public static final int GETRESUID = 118;
  public static final int SETRESGID = 119;
  public static final int GETPGID = 121;
  public static final int SETFSUID = 122;
  public static final int SETFSGID = 123;
  public static final int CAPSET = 126;
  public static final int RT_SIGTIMEDWAIT = 128;
  public static final int RT_SIGQUEUEINFO = 129;
  public static final int SIGALTSTACK = 131;
  public static final int PERSONALITY = 135;
  public static final int SETPRIORITY = 141;
  public static final int MLOCK = 149;
  public static final int PRCTL = 157;
  public static final int CHROOT = 161;
  public static final int ARCH_PRCTL = 158;
  public static final int GETTID = 186;
  public static final int SET_TID_ADDRESS = 218;
  public static final int TIMER_CREATE = 222;
  public static final int TIMER_SETTIME = 223;
  public static final int TIMER_DELETE = 226;
  public static final int CLOCK_GETTIME = 228;
  public static final int EPOLL_WAIT = 232;
  public static final int EPOLL_CTL = 233;
  public static final int TGKILL = 234;
  public static final int INOTIFY_ADD_WATCH = 254;
  public static final int OPENAT = 257;
  public static final int UNSHARE = 272;
  public static final int SET_ROBUST_LIST = 273;
  public static final int TIMERFD_CREATE = 283;
  public static final int TIMERFD_SETTIME = 286;
  public static final int ACCEPT4 = 288;
  public static final int SIGNALFD4 = 289;
  public static final int EPOLL_PWAIT = 281;
  public static final int EVENTFD2 = 290;
  public static final int EPOLL_CREATE1 = 291;
  public static final int DUP3 = 292;
  public static final int PIPE2 = 293;
  public static final int INOTIFY_INIT1 = 294;
  public static final int RT_TGSIGQUEUEINFO = 297;
  public static final int PRLIMIT64 = 302;
  public static final int OPEN_BY_HANDLE_AT = 304;
  public static final int PROCESS_VM_READV = 310;
  public static final int PROCESS_VM_WRITEV = 311;
  public static final int SCHED_SETATTR = 314;
  public static final int MEMFD_CREATE = 319;
  public static final int USERFAULTFD = 323;
  public static final int RSEQ = 334;
  public static final int PIDFD_SEND_SIGNAL = 424;
  public static final int PIDFD_OPEN = 434;
  public static final int CLONE3 = 435;
  public static final int CLOSE_RANGE = 436;
  public static final int EPOLL_PWAIT2 = 441;
  public static final int PIDFD_GETFD = 438;
  public static final int POLL = 7;
  public static final int GETPEERNAME = 52;
  public static final int GETITIMER = 36;
  public static final int GETPRIORITY = 140;
  public static final int SCHED_GETPARAM = 143;
  public static final int SCHED_GETSCHEDULER = 145;
  public static final int TIMER_GETTIME = 224;
  public static final int TIMER_GETOVERRUN = 225;
  public static final int BRK = 12;
  public static final int GET_ROBUST_LIST = 274;
  public static final int TEE = 276;
  public static final int KCMP = 312;
  public static final int MEMBARRIER = 324;

  public static final int IO_SETUP = 206;
  public static final int IO_DESTROY = 207;
  public static final int IO_GETEVENTS = 208;
  public static final int IO_SUBMIT = 209;
  public static final int BPF = 321;
  public static final int IO_URING_SETUP = 425;
  public static final int IO_URING_ENTER = 426;
  public static final int IO_URING_REGISTER = 427;

  private SyscallNumbers() {}

  static {
    String arch = System.getProperty("os.arch");
    if (!arch.equals("amd64") && !arch.equals("x86_64")) {
      throw new UnsupportedOperationException(
          "criu-lazy runs on x86-64 Linux; this machine is " + arch);
    }
  }
}
