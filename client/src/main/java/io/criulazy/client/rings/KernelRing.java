package io.criulazy.client.rings;

import io.criulazy.client.bpf.Kernel;
import io.criulazy.client.bpf.KernelStruct;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What the kernel knows of a ring and tells nobody: struct io_ring_ctx, read at one moment. Nothing
 * of it is stable unless all threads of the process are stopped and nothing is in flight.
 */
final class KernelRing {
  private static final int RESOURCE_NODE_POINTERS = 1 << 20;
  private static final int NAPI_INACTIVE = 255;
  private static final long FILE_FLAGS = 3; // in the low bits of a slot's file pointer

  private final Kernel kernel;
  private final KernelStruct file;
  private final KernelStruct context;

  private KernelRing(Kernel kernel, KernelStruct file, KernelStruct context) {
    this.kernel = kernel;
    this.file = file;
    this.context = context;
  }

  /**
   * Reads a ring.
   *
   * @param file its struct file
   */
  static KernelRing of(Kernel kernel, KernelStruct file) throws IOException {
    return new KernelRing(kernel, file, file.follow("private_data", "io_ring_ctx"));
  }

  /** The same ring as it is now. */
  KernelRing again() throws IOException {
    return of(kernel, kernel.at("file", file.address()));
  }

  /** Address of its struct file. */
  long file() {
    return file.address();
  }

  /** Address of its struct io_ring_ctx. */
  long address() {
    return context.address();
  }

  /** References to its open file: descriptors, mappings, and what else holds it. */
  long references() throws IOException {
    return file.has("f_ref")
        ? kernel.readLong(file.addressOf("f_ref")) + 1
        : kernel.readLong(file.addressOf("f_count"));
  }

  int setupFlags() throws IOException {
    return context.signed("flags");
  }

  int sqEntries() throws IOException {
    return context.signed("sq_entries");
  }

  int cqEntries() throws IOException {
    return context.signed("cq_entries");
  }

  int cachedSqHead() throws IOException {
    return context.signed("cached_sq_head");
  }

  int cachedCqTail() throws IOException {
    return context.signed("cached_cq_tail");
  }

  /** A word of the memory that it shares with its process, one of {@code Uring.SQ_..., CQ_...}. */
  int memoryWord(int offset) throws IOException {
    return kernel.read(context.number("rings") + offset, Integer.BYTES).getInt(0);
  }

  /** Pages of the memory that holds both rings. */
  int ringPages() throws IOException {
    return context.signed("ring_region.nr_pages");
  }

  /** Pages of the memory that holds the submission entries. */
  int sqePages() throws IOException {
    return context.signed("sq_region.nr_pages");
  }

  /** Requests that the kernel has taken and not finished. */
  int inFlight() throws IOException {
    long free = context.number("submit_state.free_list.next");
    return context.signed("nr_req_allocated") - kernel.chainLength(free);
  }

  /** Completions for which there was no room, oldest first. */
  List<byte[]> overflow() throws IOException {
    List<byte[]> completions = new ArrayList<>();
    int bytes = Uring.cqeBytes(setupFlags());
    long head = context.addressOf("cq_overflow_list");
    for (KernelStruct entry : kernel.list(head, "io_overflow_cqe", "list")) {
      byte[] completion = new byte[bytes];
      kernel.read(entry.addressOf("cqe"), bytes).get(completion);
      completions.add(completion);
    }
    return completions;
  }

  /** Addresses of the tasks that have used it. */
  List<Long> users() throws IOException {
    List<Long> tasks = new ArrayList<>();
    for (KernelStruct node :
        kernel.list(context.addressOf("tctx_list"), "io_tctx_node", "ctx_node")) {
      tasks.add(node.number("task"));
    }
    return tasks;
  }

  /** Address of the one task that may submit, or 0. */
  long submitter() throws IOException {
    return context.number("submitter_task");
  }

  /** The thread that polls the submission queue, or null. */
  KernelStruct sqThread() throws IOException {
    return context.follow("sq_data", "io_sq_data");
  }

  /** How many rings share that thread. */
  int sqThreadRings() throws IOException {
    KernelStruct thread = sqThread();
    return thread == null
        ? 0
        : kernel.list(thread.addressOf("ctx_list"), "io_ring_ctx", "sqd_list").size();
  }

  /** How long the polling thread waits before it sleeps, in the kernel's ticks. */
  long sqThreadIdleTicks() throws IOException {
    return context.number("sq_thread_idle");
  }

  /**
   * A registered file or buffer.
   *
   * @param target address of struct file, or of struct io_mapped_ubuf
   */
  record Resource(int slot, long target, long tag) {}

  int fileSlots() throws IOException {
    return context.signed("file_table.data.nr");
  }

  int bufferSlots() throws IOException {
    return context.signed("buf_table.nr");
  }

  List<Resource> files() throws IOException {
    List<Resource> files = new ArrayList<>();
    for (Resource raw :
        resources(context.number("file_table.data.nodes"), fileSlots(), "file_ptr")) {
      files.add(new Resource(raw.slot, raw.target & ~FILE_FLAGS, raw.tag));
    }
    return files;
  }

  List<Resource> buffers() throws IOException {
    return resources(context.number("buf_table.nodes"), bufferSlots(), "buf");
  }

  private List<Resource> resources(long nodes, int slots, String target) throws IOException {
    List<Resource> found = new ArrayList<>();
    if (slots <= 0 || slots > RESOURCE_NODE_POINTERS) {
      return found;
    }
    java.nio.ByteBuffer pointers = kernel.read(nodes, slots * Long.BYTES);
    for (int slot = 0; slot < slots; slot++) {
      long node = pointers.getLong(slot * Long.BYTES);
      if (node != 0) {
        KernelStruct resource = kernel.at("io_rsrc_node", node);
        found.add(new Resource(slot, resource.number(target), resource.number("tag")));
      }
    }
    return found;
  }

  /** A registered buffer's struct io_mapped_ubuf. */
  KernelStruct buffer(Resource resource) throws IOException {
    return kernel.at("io_mapped_ubuf", resource.target);
  }

  int fileAllocStart() throws IOException {
    return context.signed("file_alloc_start");
  }

  int fileAllocEnd() throws IOException {
    return context.signed("file_alloc_end");
  }

  /** The registered eventfd's struct io_ev_fd, or null. */
  KernelStruct eventfd() throws IOException {
    return context.follow("io_ev_fd", "io_ev_fd");
  }

  /** Registered credentials: address of struct cred by id. */
  Map<Long, Long> personalities() throws IOException {
    return kernel.xarray(context.addressOf("personalities"));
  }

  int nextPersonality() throws IOException {
    return context.signed("pers_next");
  }

  /** Limits of workers that were set: bound, unbound; 0 where none was. */
  int[] workerLimits() throws IOException {
    java.nio.ByteBuffer limits = kernel.read(context.addressOf("iowq_limits"), 2 * Integer.BYTES);
    return new int[] {limits.getInt(0), limits.getInt(Integer.BYTES)};
  }

  /** What it has that can't be put back, in words. */
  List<String> peculiarities() throws IOException {
    List<String> found = new ArrayList<>();
    if (context.is("zcrx_ctxs.xa_head")) {
      found.add("zero-copy receive queues");
    }
    if (context.is("cancelable_uring_cmd.first")) {
      found.add("uring_cmd requests in flight");
    }
    if (context.is("restricted") || context.is("restrictions.registered")) {
      found.add("restrictions");
    }
    if (!kernel.xarray(context.addressOf("io_bl_xa")).isEmpty()) {
      found.add("provided buffers");
    }
    if (context.is("compat")) {
      found.add("a 32-bit owner");
    }
    if (context.is("param_region.nr_pages")) {
      found.add("a registered wait region");
    }
    if (context.number("napi_track_mode") != NAPI_INACTIVE) {
      found.add("NAPI busy polling");
    }
    if (context.number("clockid") != 1) {
      found.add("another clock than CLOCK_MONOTONIC");
    }
    for (Resource buffer : buffers()) {
      if (buffer(buffer).is("is_kbuf")) {
        found.add("kernel buffers");
        break;
      }
    }
    if (sqThreadRings() > 1) {
      found.add("an SQ thread that it shares with another ring (ATTACH_WQ)");
    }
    return found;
  }

  /** Whether another request may no longer be marked IOSQE_IO_DRAIN: one has skipped its CQE. */
  boolean isDrainDisabled() throws IOException {
    return context.is("drain_disabled");
  }
}
