package io.criulazy.client.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** The file that victim and rig share; src/test/c/verdict.h draws its bytes. */
public final class Verdict {
  private static final int HEADER_BYTES = 4096;
  private static final int TEXT_OFFSET = 512;
  private static final int TEXT_BYTES = 1024;

  private final Path file;

  Verdict(Path file) {
    this.file = file;
  }

  /** The file itself. */
  public Path file() {
    return file;
  }

  boolean ready() {
    return word(0) >= 1;
  }

  boolean done() {
    return word(0) == 2;
  }

  void command(long number) {
    ByteBuffer word = words(8).putLong(0, number);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.write(word, 8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** All of the file, to be given to {@link #reset} later. */
  public byte[] bytes() {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Takes back what a dead victim has said: the next one restored from its image begins anew. */
  public void reset(byte[] bytes) {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(bytes), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  boolean carriedOut(long command) {
    return word(2) == command;
  }

  int pid() {
    return (int) word(5);
  }

  /** Words of 8 bytes that the victim read and that were not what it had written. */
  public long badWords() {
    return word(3);
  }

  /** A word of the part that belongs to the victim. */
  public long own(int index) {
    return read(HEADER_BYTES + 8L * index, 8).getLong(0);
  }

  /** System calls that failed, children that died. */
  public long failures() {
    return word(4);
  }

  /** Checks that the victim has made so far. */
  public long checks() {
    return word(6);
  }

  /** Fails unless the victim has made checks and all was right. */
  public void mustBeClean() {
    if (badWords() != 0 || failures() != 0 || checks() == 0) {
      throw new AssertionError("the victim was harmed: " + this);
    }
  }

  @Override
  public String toString() {
    String text = new String(read(TEXT_OFFSET, TEXT_BYTES).array(), StandardCharsets.UTF_8);
    return String.format(
        "state %d, %d checks, %d bad words, %d failures: %s",
        word(0), checks(), badWords(), failures(), text.substring(0, text.indexOf('\0')));
  }

  private long word(int index) {
    return read(8L * index, 8).getLong(0);
  }

  private ByteBuffer read(long offset, int bytes) {
    ByteBuffer buffer = words(bytes);
    try {
      if (Files.exists(file) && Files.size(file) >= HEADER_BYTES) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
          channel.read(buffer, offset);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return buffer;
  }

  private static ByteBuffer words(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.nativeOrder());
  }
}
