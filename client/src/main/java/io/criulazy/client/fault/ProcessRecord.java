package io.criulazy.client.fault;

import io.criulazy.client.sys.MessageSlots;
import io.criulazy.client.sys.UffdMessages;

/**
 * What is kept of a process, so that another program can go on where this one was killed. Used by
 * the fault loop's thread, and {@link #lost} by any.
 */
public interface ProcessRecord extends MessageSlots {
  /** The record of a process that nobody will go on with. */
  static ProcessRecord none() {
    MessageSlots slots = MessageSlots.volatileSlots(LazyProcess.BATCH * UffdMessages.MESSAGE_BYTES);
    return new ProcessRecord() {
      @Override
      public Place reserve(int bytes) {
        return slots.reserve(bytes);
      }

      @Override
      public void keep(int bytes) {
        slots.keep(bytes);
      }

      @Override
      public ProcessRecord child(String name, int uffd) {
        return none();
      }

      @Override
      public void lost() {
        // Nobody will ask.
      }

      @Override
      public void complete() {
        // Nobody will ask.
      }

      @Override
      public void closed() {
        // Nobody will ask.
      }
    };
  }

  /**
   * Begins the record of a child.
   *
   * @param name the child's
   * @param uffd the number of its userfaultfd
   */
  ProcessRecord child(String name, int uffd);

  /** The process's pages can't be had. */
  void lost();

  /** Nothing is due to the process any more; its userfaultfd is about to be closed. */
  void complete();

  /** Its userfaultfd has been closed: the number may be another file's from now on. */
  void closed();
}
