package io.criulazy.client.bpf;

import io.criulazy.client.sys.FileDescriptor;
import io.criulazy.client.sys.SysException;
import io.criulazy.client.sys.SyscallNumbers;
import io.criulazy.client.sys.SystemCall;
import java.io.IOException;

/** Threads in the kernel, by the ids that this process sees. */
public final class KernelTasks {
  private static final int PIDFD_THREAD = 0x80; // Linux 6.9
  private static final int PIDTYPE_PID = 0;

  private KernelTasks() {}

  /**
   * A thread's task_struct: found through a pidfd of ours, whose {@code struct pid} leads to it.
   *
   * @throws IOException if there is no such thread
   */
  public static KernelStruct of(Kernel kernel, int tid) throws IOException {
    long pidfd = SystemCall.call(SyscallNumbers.PIDFD_OPEN, tid, PIDFD_THREAD);
    SysException.check("pidfd_open", "thread " + tid, pidfd);
    try {
      KernelStruct pid = kernel.at("pid", pidAddress(kernel, (int) pidfd));
      long slot = (long) PIDTYPE_PID * Long.BYTES;
      long node = kernel.readLong(pid.addressOf("tasks") + slot);
      if (node == 0) {
        throw new IOException("thread " + tid + " has ended");
      }
      return kernel.at(
          "task_struct", node - kernel.types().member("task_struct", "pid_links").byteOffset());
    } finally {
      FileDescriptor.close((int) pidfd);
    }
  }

  /** Since Linux 6.9 a pidfd has an inode of its own that knows the pid. */
  private static long pidAddress(Kernel kernel, int pidfd) throws IOException {
    KernelStruct file = KernelFiles.own(kernel, pidfd);
    long address = file.follow("f_inode", "inode").number("i_private");
    return address != 0 ? address : file.number("private_data");
  }
}
