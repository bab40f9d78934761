package io.criulazy.client.fault;

/** Learns of the children that restored processes fork while they are lazy. */
interface ForkListener {
  /** Called on the fault loop's thread, before the parent's next fault is answered. */
  void forked(LazyProcess child);
}
