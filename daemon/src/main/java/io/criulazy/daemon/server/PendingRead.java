package io.criulazy.daemon.server;

import io.criulazy.proto.index.SeekIndex;
import io.criulazy.proto.wire.PageRuns;
import io.criulazy.proto.wire.Read;

/** A Read that is not answered to its end. Belongs to one connection. */
final class PendingRead {
  private final Read read;
  private final SeekIndex index;
  private long nextAddress;

  PendingRead(Read read, SeekIndex index) {
    this.read = read;
    this.index = index;
    this.nextAddress = read.getAddress();
  }

  long request() {
    return read.getRequest();
  }

  long task() {
    return read.getTask();
  }

  SeekIndex index() {
    return index;
  }

  boolean isUrgent() {
    return read.getUrgent();
  }

  /** How much of the client's credit it takes. */
  long creditBytes() {
    return Integer.toUnsignedLong(read.getPages()) * PageRuns.PAGE_BYTES;
  }

  /** What is answered up to here. */
  long nextAddress() {
    return nextAddress;
  }

  /** Where it ends. */
  long endAddress() {
    return read.getAddress() + creditBytes();
  }

  /** It is answered up to an address. */
  void advance(long address) {
    nextAddress = address;
  }

  boolean isAnswered() {
    return nextAddress >= endAddress();
  }
}
