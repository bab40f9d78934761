package io.criulazy.client.sys;

import java.nio.charset.StandardCharsets;

/**
 * What this kernel offers to this process, found out by asking for it once.
 *
 * @param uffdFeatures the bits that UFFDIO_API reports ({@link Uffd}); 0 without userfaultfd
 * @param uffdErrno why there is no userfaultfd: one of {@link Errno}, or 0 when there is
 * @param pagemapScan whether PAGEMAP_SCAN is there (Linux 6.7)
 * @param pidfdGetfd whether a descriptor can be taken out of a process (Linux 5.6)
 * @param memfd whether memfd_create is there (Linux 3.17)
 */
public record KernelFeatures(
    long uffdFeatures, int uffdErrno, boolean pagemapScan, boolean pidfdGetfd, boolean memfd) {

  /**
   * _IOWR('f', 16, struct pm_scan_arg): 12 u64, of which the first is the structure's size. Over an
   * empty range it reports nothing and touches nothing.
   */
  private static final long PAGEMAP_SCAN = 0xC0606610L;

  private static final int PAGEMAP_SCAN_BYTES = 96;
  private static final int MFD_CLOEXEC = 1;

  /** Asks the kernel. Leaves no descriptor open. */
  public static KernelFeatures probe() {
    long features = 0;
    int errno = 0;
    try {
      features = Uffd.kernelFeatures();
    } catch (SysException e) {
      errno = e.errno();
    }
    return new KernelFeatures(features, errno, hasPagemapScan(), probePidfdGetfd(), probeMemfd());
  }

  /** Whether a userfaultfd can be made by this process. */
  public boolean hasUserfaultfd() {
    return uffdErrno == 0;
  }

  /**
   * Whether userfaultfd has a feature.
   *
   * @param bit one of {@code Uffd.FEATURE_...}
   */
  public boolean hasUffd(long bit) {
    return (uffdFeatures & bit) == bit;
  }

  /** Whether PAGEMAP_SCAN is there. */
  static boolean hasPagemapScan() {
    NativeBuffer path = cString("/proc/self/pagemap");
    long fd = LibC.call(SyscallNumbers.OPEN, path.address(), 0, 0);
    if (fd < 0) {
      return false;
    }
    NativeBuffer argument = new NativeBuffer(PAGEMAP_SCAN_BYTES).putLong(0, PAGEMAP_SCAN_BYTES);
    long result = LibC.result(LibC.FUNCTIONS.ioctl((int) fd, PAGEMAP_SCAN, argument.address()));
    FileDescriptor.close((int) fd);
    return result == 0;
  }

  /** Takes a duplicate of its own pidfd: needs no rights. */
  private static boolean probePidfdGetfd() {
    long pidfd = LibC.call(SyscallNumbers.PIDFD_OPEN, ProcessHandle.current().pid());
    if (pidfd < 0) {
      return false;
    }
    long copy = LibC.call(SyscallNumbers.PIDFD_GETFD, pidfd, pidfd, 0);
    FileDescriptor.close((int) pidfd);
    return isOpened(copy);
  }

  private static boolean probeMemfd() {
    NativeBuffer name = cString("criu-lazy");
    return isOpened(LibC.call(SyscallNumbers.MEMFD_CREATE, name.address(), MFD_CLOEXEC, 0));
  }

  private static boolean isOpened(long fd) {
    if (fd >= 0) {
      FileDescriptor.close((int) fd);
    }
    return fd >= 0;
  }

  private static NativeBuffer cString(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return new NativeBuffer(bytes.length + 1).putBytes(0, bytes);
  }
}
