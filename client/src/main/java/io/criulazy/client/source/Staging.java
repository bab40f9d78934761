package io.criulazy.client.source;

import io.criulazy.client.sys.NativeBuffer;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Memory for pages that were fetched and are not yet delivered: slots of {@value #SLOT_BYTES} bytes
 * outside of the heap, up to a limit, taken from the system when first needed.
 *
 * <p>A slot belongs to whoever has taken it. A few slots are kept back from read-ahead, so that
 * what somebody waits for finds room. Safe for any number of threads.
 */
final class Staging {
  static final int SLOT_SHIFT = 16;
  static final int SLOT_BYTES = 1 << SLOT_SHIFT;

  /** Kept back from read-ahead, for what somebody waits for. */
  static final int RESERVED_SLOTS = 64;

  /**
   * Kept back from faults, for the filler: what faults leave staged goes only where it comes by, so
   * that without a slot it, and all, would wait for ever.
   */
  static final int FILLER_SLOTS = 8;

  private static final int SLOTS_A_BLOCK = 16;

  private final int maxSlots;
  private final ByteBuffer[] blocks;
  private final long[] addresses;
  private final ByteBuffer zeros = ByteBuffer.allocateDirect(SLOT_BYTES);
  private int[] free = new int[SLOTS_A_BLOCK];
  private int freeCount;
  private int made;

  /**
   * @param maxBytes at least 16 MiB
   */
  Staging(long maxBytes) {
    maxSlots = Math.toIntExact(maxBytes >> SLOT_SHIFT);
    blocks = new ByteBuffer[(maxSlots + SLOTS_A_BLOCK - 1) / SLOTS_A_BLOCK];
    addresses = new long[blocks.length];
  }

  /**
   * Takes a slot.
   *
   * @param kept how many have to be left: {@link #RESERVED_SLOTS}, {@link #FILLER_SLOTS}, or 0
   * @return its number, or -1: come again when slots were given back
   */
  synchronized int take(int kept) {
    if (available() <= kept) {
      return -1;
    }
    if (freeCount == 0) {
      addBlock();
    }
    return free[--freeCount];
  }

  /** How many slots can be taken for what somebody waits for. */
  synchronized int available() {
    return freeCount + maxSlots - made;
  }

  private void addBlock() {
    int block = made / SLOTS_A_BLOCK;
    blocks[block] = ByteBuffer.allocateDirect(SLOTS_A_BLOCK * SLOT_BYTES);
    addresses[block] = NativeBuffer.addressOf(blocks[block]);
    int last = Math.min(maxSlots, made + SLOTS_A_BLOCK);
    while (made < last) {
      push(made++);
    }
  }

  /** Gives a slot back. */
  synchronized void give(int slot) {
    push(slot);
  }

  private void push(int slot) {
    if (freeCount == free.length) {
      free = Arrays.copyOf(free, freeCount * 2);
    }
    free[freeCount++] = slot;
  }

  /** Where a slot of the caller's is in memory. */
  long address(int slot) {
    return addresses[slot / SLOTS_A_BLOCK] + offset(slot);
  }

  /** Copies bytes into a slot of the caller's. */
  void put(int slot, int at, ByteBuffer source, int from, int bytes) {
    blocks[slot / SLOTS_A_BLOCK].put(offset(slot) + at, source, from, bytes);
  }

  /** Zeroes bytes of a slot of the caller's. */
  void zero(int slot, int at, int bytes) {
    put(slot, at, zeros, 0, bytes);
  }

  /** The memory that a slot of the caller's is in, from {@link #indexOf} on. */
  ByteBuffer blockOf(int slot) {
    return blocks[slot / SLOTS_A_BLOCK];
  }

  int indexOf(int slot) {
    return offset(slot);
  }

  private static int offset(int slot) {
    return slot % SLOTS_A_BLOCK * SLOT_BYTES;
  }
}
