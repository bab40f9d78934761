package io.criulazy.client.fault;

import io.criulazy.client.sys.MessageSlots;
import io.criulazy.client.sys.NativeBuffer;
import io.criulazy.client.sys.UffdMessages;

/**
 * Has two messages of one read come in the other order, as they do when the thread of the first
 * change is kept off its CPU before it can queue its message.
 */
final class SwappedMessages implements ProcessRecord {
  private static final int BYTES = UffdMessages.MESSAGE_BYTES;

  private final MessageSlots slots = MessageSlots.volatileSlots(LazyProcess.BATCH * BYTES);
  private final Runnable between;
  private volatile boolean swapped;

  /**
   * @param between runs after the two were read, and before they are acted upon
   */
  SwappedMessages(Runnable between) {
    this.between = between;
  }

  /** Whether it has happened. */
  boolean isSwapped() {
    return swapped;
  }

  @Override
  public Place reserve(int bytes) {
    return slots.reserve(bytes);
  }

  @Override
  public void keep(int bytes) {
    Place place = slots.reserve(bytes);
    if (!swapped && bytes == 2 * BYTES && isFork(place, 0) != isFork(place, BYTES)) {
      NativeBuffer buffer = place.buffer();
      byte[] first = buffer.getBytes(place.offset(), BYTES);
      byte[] second = buffer.getBytes(place.offset() + BYTES, BYTES);
      buffer.putBytes(place.offset(), second).putBytes(place.offset() + BYTES, first);
      swapped = true;
      between.run();
    }
  }

  private static boolean isFork(Place place, int at) {
    return place.buffer().getByte(place.offset() + at) == UffdMessages.FORK;
  }

  @Override
  public ProcessRecord child(String name, int uffd) {
    return ProcessRecord.none();
  }

  @Override
  public void decided() {
    // Nobody will ask.
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
}
