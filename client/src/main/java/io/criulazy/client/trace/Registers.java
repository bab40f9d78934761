package io.criulazy.client.trace;

import io.criulazy.client.sys.NativeBuffer;
import java.util.Arrays;

/**
 * A thread's general registers: the words of its NT_PRSTATUS register set, whose meaning the {@link
 * Architecture} knows. Immutable.
 */
public final class Registers {
  private final long[] words;

  /** Registers with these words, in the kernel's order. */
  public Registers(long... words) {
    this.words = words.clone();
  }

  static Registers of(NativeBuffer set, int count) {
    long[] words = new long[count];
    for (int i = 0; i < count; i++) {
      words[i] = set.getLong(i * Long.BYTES);
    }
    return new Registers(words);
  }

  void copyTo(NativeBuffer set) {
    for (int i = 0; i < words.length; i++) {
      set.putLong(i * Long.BYTES, words[i]);
    }
  }

  /** One register. */
  public long get(int index) {
    return words[index];
  }

  /** The same registers but one. */
  public Registers with(int index, long value) {
    long[] changed = words.clone();
    changed[index] = value;
    return new Registers(changed);
  }

  /** How many there are. */
  public int count() {
    return words.length;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Registers registers && Arrays.equals(words, registers.words);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(words);
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    for (long word : words) {
      text.append(' ').append(Long.toHexString(word));
    }
    return text.substring(Math.min(1, text.length()));
  }
}
