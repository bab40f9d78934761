package io.criulazy.client.session;

import io.criulazy.client.fault.AddressSpace;
import io.criulazy.client.source.PageSource;
import java.io.IOException;

/** The memory of the tasks of one checkpoint: what is due to each, and where it comes from. */
interface TaskMemory {
  /**
   * What is due to a task, in a model that the caller owns.
   *
   * @param pid the task's pid in the images
   * @throws IOException if there is no such task
   */
  AddressSpace addressSpace(int pid) throws IOException;

  /** Where a task's pages come from. */
  PageSource source(int pid) throws IOException;
}
