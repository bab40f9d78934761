package io.criulazy.client.rings;

import io.criulazy.client.bpf.Kernel;
import io.criulazy.client.bpf.KernelStruct;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Why rings of a process can't be taken away and put back, in words: all reasons at once. */
final class RingRefusals {
  private static final int REGISTERED_RINGS = 16;

  private final Kernel kernel;
  private final FoundProcess process;
  private final long pumpLimit;
  private final List<String> reasons = new ArrayList<>();

  private RingRefusals(Kernel kernel, FoundProcess process, long pumpLimit) {
    this.kernel = kernel;
    this.process = process;
    this.pumpLimit = pumpLimit;
  }

  /**
   * All reasons for one process whose threads are stopped, as it is at this moment.
   *
   * @param pumpLimit see {@link PumpDistance}
   */
  static List<String> of(Kernel kernel, FoundProcess process, long pumpLimit) throws IOException {
    RingRefusals refusals = new RingRefusals(kernel, process, pumpLimit);
    strays(process, refusals.reasons);
    for (FoundRing ring : process.rings()) {
      refusals.ring(ring);
    }
    refusals.ringsWithoutDescriptor();
    return refusals.reasons;
  }

  /** Mappings of rings that the process has no descriptor of. */
  static void strays(FoundProcess process, List<String> reasons) {
    for (ProcMapping stray : process.strayRingMappings()) {
      reasons.add(
          "process %d maps an io_uring at 0x%x that it has no descriptor of"
              .formatted(process.pid(), stray.start()));
    }
  }

  private void ring(FoundRing ring) throws IOException {
    KernelRing kernelRing = ring.kernelRing();
    int unsupported = RingFlags.unsupported(kernelRing.setupFlags());
    if (unsupported != 0) {
      refuse(ring, "was set up with " + RingFlags.describe(unsupported));
      return;
    }
    for (String peculiarity : kernelRing.peculiarities()) {
      refuse(ring, "has " + peculiarity);
    }
    holders(ring);
    mappings(ring, reasons);
    owner(ring);
    files(ring);
    eventfd(ring);
    personalities(ring);
    positions(ring);
    probes(ring);
  }

  /** What the kernel says when it is asked has to be what its structures were read to say. */
  private void probes(FoundRing ring) throws IOException {
    RingProbes probes = RingProbes.of(ring).orElse(null);
    if (probes != null) {
      for (String difference : probes.differences(ring.kernelRing())) {
        refuse(ring, "is not understood: " + difference);
      }
    }
  }

  /** Descriptors, mappings and registrations of the process, and ours. */
  private void holders(FoundRing ring) throws IOException {
    long own = 1;
    long known =
        own + ring.descriptors().size() + ring.mappings().size() + registrations(ring).size();
    long all = ring.kernelRing().references();
    if (all != known) {
      refuse(ring, "is shared: %d more references than this process has".formatted(all - known));
    }
    for (long user : ring.kernelRing().users()) {
      if (process.tidOf(user) == 0) {
        String comm = name(user);
        if (!comm.startsWith("iou-")) {
          refuse(ring, "is used by a thread of another process (" + comm + ")");
        }
      }
    }
  }

  private String name(long task) throws IOException {
    byte[] comm = new byte[16];
    kernel.read(kernel.at("task_struct", task).addressOf("comm"), comm.length).get(comm);
    return new String(comm, java.nio.charset.StandardCharsets.ISO_8859_1).split("\0", 2)[0];
  }

  /** Mappings that can't be put back. */
  static void mappings(FoundRing ring, List<String> reasons) {
    for (ProcMapping mapping : ring.mappings()) {
      boolean known =
          mapping.offset() == Uring.OFFSET_RINGS
              || mapping.offset() == Uring.OFFSET_CQ_RING
              || mapping.offset() == Uring.OFFSET_SQES;
      if (!known || mapping.permissions().charAt(3) != 's') {
        reasons.add(
            ring + " is mapped at 0x%x in a way that can't be put back".formatted(mapping.start()));
      }
    }
  }

  private void owner(FoundRing ring) throws IOException {
    long submitter = ring.kernelRing().submitter();
    if (submitter != 0 && process.tidOf(submitter) == 0) {
      refuse(ring, "belongs to a thread that has ended");
    }
  }

  private void files(FoundRing ring) throws IOException {
    for (KernelRing.Resource file : ring.kernelRing().files()) {
      if (process.fdOf(file.target()) < 0) {
        refuse(
            ring,
            "has a registered file in slot %d that the process has closed".formatted(file.slot()));
      } else if (file.target() == ring.kernelRing().file()) {
        refuse(ring, "has itself as the registered file in slot " + file.slot());
      }
    }
  }

  private void eventfd(FoundRing ring) throws IOException {
    KernelStruct eventfd = ring.kernelRing().eventfd();
    if (eventfd != null && eventfdNumber(kernel, process, eventfd.number("cq_ev_fd")) < 0) {
      refuse(ring, "has a registered eventfd that the process has closed");
    }
  }

  /** The process's descriptor whose private data is this eventfd_ctx, or -1. */
  static int eventfdNumber(Kernel kernel, FoundProcess process, long context) throws IOException {
    for (Map.Entry<Long, Integer> file : process.files()) {
      if (kernel.at("file", file.getKey()).number("private_data") == context) {
        return file.getValue();
      }
    }
    return -1;
  }

  private void personalities(FoundRing ring) throws IOException {
    long own = process.threads().get(ownerTid(process, ring)).number("cred");
    for (Map.Entry<Long, Long> personality : ring.kernelRing().personalities().entrySet()) {
      if (personality.getValue() != own) {
        refuse(
            ring,
            "has personality %d with other credentials than its owner's"
                .formatted(personality.getKey()));
      }
    }
  }

  /** The thread that put it up, or has to put it up again. */
  static int ownerTid(FoundProcess process, FoundRing ring) throws IOException {
    int tid = process.tidOf(ring.kernelRing().submitter());
    for (long user : ring.kernelRing().users()) {
      tid = tid == 0 ? process.tidOf(user) : tid;
    }
    return tid == 0 ? process.pid() : tid;
  }

  private void positions(FoundRing ring) throws IOException {
    KernelRing kernelRing = ring.kernelRing();
    long submitted = Integer.toUnsignedLong(kernelRing.cachedSqHead());
    long completed = Integer.toUnsignedLong(kernelRing.cachedCqTail());
    PumpDistance distance = PumpDistance.of(kernelRing);
    if (distance.cost() > pumpLimit) {
      refuse(ring, distance + "; at most " + pumpLimit + " are made up for (--ring-pump-limit)");
    }
    boolean indexed = (kernelRing.setupFlags() & Uring.SETUP_NO_SQARRAY) == 0;
    long overflow = OverflowRequests.count(submitted - completed, kernelRing.overflow());
    if (submitted > completed + overflow && !indexed && !kernelRing.isDrainDisabled()) {
      refuse(ring, "has completed less than was submitted, for a reason that is not known");
    }
    for (byte[] completion : kernelRing.overflow()) {
      for (int i = 16; i < completion.length; i++) {
        if (completion[i] != 0) {
          refuse(ring, "has 32-byte completions that found no room in its queue");
          return;
        }
      }
    }
  }

  /** Where threads have registered it: tid by tid, 16 places each. */
  private List<int[]> registrations(FoundRing ring) throws IOException {
    return registrations(kernel, process, ring);
  }

  static List<int[]> registrations(Kernel kernel, FoundProcess process, FoundRing ring)
      throws IOException {
    List<int[]> found = new ArrayList<>();
    for (Map.Entry<Integer, KernelStruct> thread : process.threads().entrySet()) {
      KernelStruct uring = thread.getValue().follow("io_uring", "io_uring_task");
      for (int i = 0; uring != null && i < REGISTERED_RINGS; i++) {
        long place = uring.addressOf("registered_rings") + (long) i * Long.BYTES;
        if (kernel.readLong(place) == ring.kernelRing().file()) {
          found.add(new int[] {thread.getKey(), i});
        }
      }
    }
    return found;
  }

  /** Rings that a thread has used and that are none of those found. */
  private void ringsWithoutDescriptor() throws IOException {
    for (Map.Entry<Integer, KernelStruct> thread : process.threads().entrySet()) {
      KernelStruct uring = thread.getValue().follow("io_uring", "io_uring_task");
      if (uring == null) {
        continue;
      }
      for (long node : kernel.xarray(uring.addressOf("xa")).values()) {
        long context = kernel.at("io_tctx_node", node).number("ctx");
        if (process.rings().stream().noneMatch(ring -> isAt(ring, context))) {
          reasons.add(
              "thread %d of process %d uses an io_uring that has no descriptor there"
                  .formatted(thread.getKey(), process.pid()));
        }
      }
    }
  }

  private static boolean isAt(FoundRing ring, long context) {
    return ring.kernelRing().address() == context;
  }

  private void refuse(FoundRing ring, String reason) {
    reasons.add(ring + " " + reason);
  }
}
