package io.criulazy.client.restore;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Optional;

/**
 * The build id of an ELF file: what the linker has made of all of its content.
 *
 * <pre>
 * Elf64_Ehdr: 0 magic, class; 32 u64 phoff; 54 u16 phentsize, 56 u16 phnum
 * Elf64_Phdr: 0 u32 type; 8 u64 offset; 32 u64 filesz
 * Elf64_Nhdr: u32 namesz, descsz, type; name, desc, each padded to 4
 * </pre>
 */
final class ElfBuildId {
  private static final int HEADER_BYTES = 64;
  private static final int MAGIC = 0x464C457F;
  private static final int CLASS_64_LITTLE = 0x0102;
  private static final int PROGRAM_HEADER_BYTES = 56;
  private static final int MOST_PROGRAM_HEADERS = 256;
  private static final int MOST_NOTE_BYTES = 1 << 16;
  private static final int PT_NOTE = 4;
  private static final int NT_GNU_BUILD_ID = 3;
  private static final int GNU = 0x00554E47;
  private static final int NOTE_HEADER_BYTES = 12;

  private ElfBuildId() {}

  /** The id, if the file is of ELF and has one. */
  static Optional<byte[]> of(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      ByteBuffer header = read(channel, 0, HEADER_BYTES);
      if (header.limit() < HEADER_BYTES
          || header.getInt(0) != MAGIC
          || header.getShort(4) != CLASS_64_LITTLE
          || header.getShort(54) != PROGRAM_HEADER_BYTES) {
        return Optional.empty();
      }
      int count = Math.min(header.getShort(56) & 0xFFFF, MOST_PROGRAM_HEADERS);
      ByteBuffer programs = read(channel, header.getLong(32), count * PROGRAM_HEADER_BYTES);
      for (int at = 0; at + PROGRAM_HEADER_BYTES <= programs.limit(); at += PROGRAM_HEADER_BYTES) {
        if (programs.getInt(at) == PT_NOTE) {
          long bytes = Math.min(programs.getLong(at + 32), MOST_NOTE_BYTES);
          Optional<byte[]> id = inNotes(read(channel, programs.getLong(at + 8), (int) bytes));
          if (id.isPresent()) {
            return id;
          }
        }
      }
      return Optional.empty();
    }
  }

  private static Optional<byte[]> inNotes(ByteBuffer notes) {
    long at = 0;
    while (at + NOTE_HEADER_BYTES <= notes.limit()) {
      long nameBytes = padded(notes.getInt((int) at));
      long idBytes = notes.getInt((int) at + 4) & 0xFFFF_FFFFL;
      long idAt = at + NOTE_HEADER_BYTES + nameBytes;
      if (idAt + idBytes > notes.limit()) {
        return Optional.empty();
      }
      if (notes.getInt((int) at + 8) == NT_GNU_BUILD_ID
          && nameBytes == Integer.BYTES
          && notes.getInt((int) at + NOTE_HEADER_BYTES) == GNU) {
        return Optional.of(Arrays.copyOfRange(notes.array(), (int) idAt, (int) (idAt + idBytes)));
      }
      at = idAt + padded((int) idBytes);
    }
    return Optional.empty();
  }

  private static long padded(int bytes) {
    return (bytes & 0xFFFF_FFFFL) + 3 & ~3L;
  }

  private static ByteBuffer read(FileChannel channel, long offset, int bytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(Math.max(0, bytes)).order(ByteOrder.LITTLE_ENDIAN);
    while (offset >= 0
        && offset < channel.size()
        && buffer.hasRemaining()
        && channel.read(buffer, offset + buffer.position()) > 0) {
      continue;
    }
    return buffer.flip();
  }
}
