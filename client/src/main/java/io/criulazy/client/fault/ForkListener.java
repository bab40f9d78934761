package io.criulazy.client.fault;

import io.criulazy.client.source.PageSource;
import java.io.IOException;

/** Learns of the children that restored processes fork while they are lazy. */
@FunctionalInterface
public interface ForkListener {
  /**
   * Called on the fault loop's thread, before the parent's next fault is answered.
   *
   * @param parent who forked
   * @param name the child's
   * @param uffd the number of its userfaultfd, in the program that read the message
   * @param space what is due to the child
   * @param source where that comes from
   */
  void forked(LazyProcess parent, String name, int uffd, AddressSpace space, PageSource source)
      throws IOException;
}
