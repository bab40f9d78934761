package io.criulazy.client.rings;

import io.criulazy.client.bpf.Kernel;
import io.criulazy.client.bpf.KernelStruct;
import java.io.IOException;

/**
 * What the kernel knows of an AIO context: struct kioctx. The mapping of a context that a fork has
 * left in the child is dead: there is no kioctx for it.
 */
final class KernelAio {
  private static final int MAX_CONTEXTS = 1 << 16;

  private KernelAio() {}

  /**
   * Requests of a context that have not completed.
   *
   * <p>Each of the {@code nr_events - 1} places is free, in a processor's reserve, taken by a
   * request, or by a completion that has not been given back.
   *
   * @param leader the process's first thread
   * @param address of the context's ring, which is its id
   * @return 0 also if the context is dead
   */
  static long inFlight(Kernel kernel, KernelStruct leader, long address) throws IOException {
    KernelStruct context = find(kernel, leader, address);
    if (context == null) {
      return 0;
    }
    long places = context.number("nr_events") - 1;
    int available = context.signed("reqs_available.counter");
    return places
        - available
        - kernel.sumOverCpus(context.number("cpu"))
        - context.number("completed_events");
  }

  private static KernelStruct find(Kernel kernel, KernelStruct leader, long address)
      throws IOException {
    KernelStruct mm = leader.follow("mm", "mm_struct");
    KernelStruct table = mm == null ? null : mm.follow("ioctx_table", "kioctx_table");
    if (table == null) {
      return null;
    }
    long count = Math.min(table.number("nr"), MAX_CONTEXTS);
    for (int i = 0; i < count; i++) {
      long context = kernel.readLong(table.addressOf("table") + (long) i * Long.BYTES);
      if (context != 0 && kernel.at("kioctx", context).number("user_id") == address) {
        return kernel.at("kioctx", context);
      }
    }
    return null;
  }
}
