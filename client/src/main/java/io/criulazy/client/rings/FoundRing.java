package io.criulazy.client.rings;

import io.criulazy.client.sys.FileDescriptor;
import io.criulazy.proto.image.rings.IoUringRing;
import java.util.List;

/**
 * A ring of a process, found from outside. Holds a descriptor of it in this process: to be closed
 * before the ring is taken away.
 */
final class FoundRing implements AutoCloseable {
  private final int pid;
  private final int ownFd;
  private final List<ProcDescriptor> descriptors;
  private final List<ProcMapping> mappings;
  private final List<IoUringRing.Epoll> epolls;
  private KernelRing kernelRing;
  private boolean closed;

  FoundRing(
      int pid,
      int ownFd,
      List<ProcDescriptor> descriptors,
      List<ProcMapping> mappings,
      List<IoUringRing.Epoll> epolls) {
    this.pid = pid;
    this.ownFd = ownFd;
    this.descriptors = descriptors;
    this.mappings = mappings;
    this.epolls = epolls;
  }

  int pid() {
    return pid;
  }

  /** A descriptor of it in this process. */
  int ownFd() {
    return ownFd;
  }

  /** Its first descriptor in its process. */
  int fd() {
    return descriptors.get(0).fd();
  }

  List<ProcDescriptor> descriptors() {
    return descriptors;
  }

  List<ProcMapping> mappings() {
    return mappings;
  }

  /** The epoll instances of the process that watch it. */
  List<IoUringRing.Epoll> epolls() {
    return epolls;
  }

  /** What the kernel knows of it, as of the last look; null if it does not tell. */
  KernelRing kernelRing() {
    return kernelRing;
  }

  void setKernelRing(KernelRing kernelRing) {
    this.kernelRing = kernelRing;
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      FileDescriptor.close(ownFd);
    }
  }

  @Override
  public String toString() {
    return "io_uring fd " + fd() + " of process " + pid;
  }
}
