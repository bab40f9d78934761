package io.criulazy.client.restore.files;

import java.io.IOException;

/**
 * A stopped process that is to become a restored one, and that makes system calls for us. It is
 * privileged still, and has no open files of its own.
 */
public interface HuskCalls {
  /** Its pid, the recorded one. */
  int pid();

  /**
   * Puts bytes where the next call's arguments can point to them; they are void after that call.
   *
   * @param bytes at most 64 KiB between two calls
   * @return their address in the process, aligned to 8
   */
  long put(byte[] bytes) throws IOException;

  /** Reads what a call has left in its memory. */
  byte[] read(long address, int lengthBytes) throws IOException;

  /**
   * Makes a call.
   *
   * @return the result, or a negative error number
   */
  long call(long number, long... arguments) throws IOException;
}
