package io.criulazy.client.rings;

import io.criulazy.client.bpf.Kernel;
import io.criulazy.client.bpf.KernelFiles;
import io.criulazy.client.bpf.KernelStruct;
import io.criulazy.client.bpf.KernelTasks;
import io.criulazy.client.sys.ForeignFiles;
import io.criulazy.client.sys.SysException;
import io.criulazy.client.trace.ProcTasks;
import io.criulazy.proto.image.rings.IoUringRing;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A process with its rings and AIO contexts, as they are found from outside. */
final class FoundProcess implements AutoCloseable {
  private final int pid;
  private final List<FoundRing> rings = new ArrayList<>();
  private final List<ProcMapping> strayRingMappings = new ArrayList<>();
  private final List<ProcMapping> aioMappings = new ArrayList<>();
  private final Map<Integer, KernelStruct> threads = new TreeMap<>();
  private final Map<Long, Integer> fdOfFile = new LinkedHashMap<>();

  private FoundProcess(int pid) {
    this.pid = pid;
  }

  /** Looks at a process; sees what it has at this moment. */
  static FoundProcess of(int pid) throws IOException {
    FoundProcess process = new FoundProcess(pid);
    try {
      process.find();
      return process;
    } catch (IOException | RuntimeException e) {
      process.close();
      throw e;
    }
  }

  private void find() throws IOException {
    Map<Long, List<ProcDescriptor>> descriptors = new LinkedHashMap<>();
    List<ProcDescriptor> epolls = new ArrayList<>();
    for (ProcDescriptor descriptor : ProcDescriptor.ringsAndEpolls(pid)) {
      if (descriptor.isRing()) {
        descriptors.computeIfAbsent(descriptor.inode(), i -> new ArrayList<>()).add(descriptor);
      } else {
        epolls.add(descriptor);
      }
    }
    List<ProcMapping> ringMappings = new ArrayList<>();
    for (ProcMapping mapping : ProcMapping.of(pid)) {
      if (mapping.isRing()) {
        ringMappings.add(mapping);
      } else if (mapping.isAio()) {
        aioMappings.add(mapping);
      }
    }
    addRings(descriptors, ringMappings, epolls);
    for (ProcMapping mapping : ringMappings) {
      if (!descriptors.containsKey(mapping.inode())) {
        strayRingMappings.add(mapping);
      }
    }
  }

  private void addRings(
      Map<Long, List<ProcDescriptor>> descriptors,
      List<ProcMapping> mappings,
      List<ProcDescriptor> epolls)
      throws SysException {
    if (descriptors.isEmpty()) {
      return;
    }
    try (ForeignFiles files = new ForeignFiles(pid)) {
      for (Map.Entry<Long, List<ProcDescriptor>> ring : descriptors.entrySet()) {
        long inode = ring.getKey();
        rings.add(
            new FoundRing(
                pid,
                files.take(ring.getValue().get(0).fd()),
                ring.getValue(),
                mappings.stream().filter(mapping -> mapping.inode() == inode).toList(),
                watchers(epolls, inode)));
      }
    }
  }

  private static List<IoUringRing.Epoll> watchers(List<ProcDescriptor> epolls, long inode) {
    List<IoUringRing.Epoll> watchers = new ArrayList<>();
    for (ProcDescriptor epoll : epolls) {
      for (ProcDescriptor.Watch watch : epoll.watches()) {
        if (watch.inode() == inode) {
          watchers.add(new IoUringRing.Epoll(epoll.fd(), watch.fd(), watch.events(), watch.data()));
        }
      }
    }
    return watchers;
  }

  /** Reads what the kernel knows of all that was found, of its threads and its open files. */
  void lookInto(Kernel kernel) throws IOException {
    for (int tid : userThreads(pid)) {
      threads.put(tid, KernelTasks.of(kernel, tid));
    }
    KernelStruct leader = threads.get(pid);
    for (Map.Entry<Integer, Long> file : KernelFiles.of(kernel, leader).entrySet()) {
      fdOfFile.putIfAbsent(file.getValue(), file.getKey());
    }
    for (FoundRing ring : rings) {
      ring.setKernelRing(KernelRing.of(kernel, KernelFiles.own(kernel, ring.ownFd())));
    }
  }

  /** Its threads, without those that the kernel runs for it. */
  static List<Integer> userThreads(int pid) throws IOException {
    return ProcTasks.threads(pid).stream().filter(tid -> !ProcTasks.isKernelWorker(tid)).toList();
  }

  /** How many threads the kernel runs for it: workers and pollers of rings. */
  static long kernelThreads(int pid) throws IOException {
    return ProcTasks.threads(pid).stream().filter(ProcTasks::isKernelWorker).count();
  }

  int pid() {
    return pid;
  }

  /** Whether it has rings, or mappings of any. */
  boolean hasRings() {
    return !rings.isEmpty() || !strayRingMappings.isEmpty();
  }

  List<FoundRing> rings() {
    return rings;
  }

  /** Mappings of rings that it has no descriptor of. */
  List<ProcMapping> strayRingMappings() {
    return strayRingMappings;
  }

  List<ProcMapping> aioMappings() {
    return aioMappings;
  }

  /** Its threads' tasks by tid; empty without a look into the kernel. */
  Map<Integer, KernelStruct> threads() {
    return threads;
  }

  /** The thread whose task is at this address, or 0. */
  int tidOf(long task) {
    for (Map.Entry<Integer, KernelStruct> thread : threads.entrySet()) {
      if (thread.getValue().address() == task) {
        return thread.getKey();
      }
    }
    return 0;
  }

  /** Its lowest descriptor of an open file, by the struct file's address; -1 if it has none. */
  int fdOf(long file) {
    return fdOfFile.getOrDefault(file, -1);
  }

  /** Its open files: addresses of struct file. */
  Iterable<Map.Entry<Long, Integer>> files() {
    return fdOfFile.entrySet();
  }

  @Override
  public void close() {
    rings.forEach(FoundRing::close);
  }
}
