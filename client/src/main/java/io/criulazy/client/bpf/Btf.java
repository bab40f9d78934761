package io.criulazy.client.bpf;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A kernel's type information, as far as it tells where a structure's members are (Linux
 * Documentation/bpf/btf.rst). Any bytes are read, or refused with the place. Immutable.
 *
 * <pre>
 * struct btf_header { u16 magic = 0xeb9f; u8 version = 1; u8 flags; u32 hdr_len;
 *                     u32 type_off, type_len, str_off, str_len; };    // offsets behind the header
 * struct btf_type   { u32 name_off; u32 info; u32 size_or_type; };    // then what its kind brings
 *   info: bits 0-15 vlen, 24-28 kind, 31 kind_flag (members: bits 24-31 of the offset = width)
 * struct btf_member { u32 name_off; u32 type; u32 offset; };          // of struct and union
 * </pre>
 */
public final class Btf {
  private static final Path VMLINUX = Path.of("/sys/kernel/btf/vmlinux");
  private static final int MAGIC = 0xeb9f;
  private static final int HEADER_BYTES = 24;
  private static final int TYPE_BYTES = 12;
  private static final int MEMBER_BYTES = 12;
  private static final int MAX_BYTES = 256 << 20;
  private static final int MAX_NESTING = 16;

  private static final int INT = 1;
  private static final int POINTER = 2;
  private static final int ARRAY = 3;
  private static final int STRUCT = 4;
  private static final int UNION = 5;
  private static final int ENUM = 6;
  private static final int TYPEDEF = 8;
  private static final int CONST = 10;
  private static final int FUNC_PROTO = 13;
  private static final int VAR = 14;
  private static final int DATASEC = 15;
  private static final int DECL_TAG = 17;
  private static final int TYPE_TAG = 18;
  private static final int ENUM64 = 19;

  /** The running kernel's, once it has been read: it does not change. */
  private static Btf running;

  private final ByteBuffer bytes;
  private final int stringsStart;
  private final int stringsEnd;
  private int[] types = new int[1 << 10];
  private int typeCount = 1; // type 0 is void
  private final Map<String, Integer> structures = new HashMap<>();

  private Btf(ByteBuffer bytes) throws BtfException {
    this.bytes = bytes;
    if (bytes.limit() < HEADER_BYTES || (bytes.getShort(0) & 0xffff) != MAGIC) {
      throw new BtfException(0, "no BTF of this machine's byte order");
    }
    long headerBytes = Integer.toUnsignedLong(bytes.getInt(4));
    long typesStart = headerBytes + Integer.toUnsignedLong(bytes.getInt(8));
    long typesEnd = typesStart + Integer.toUnsignedLong(bytes.getInt(12));
    long strings = headerBytes + Integer.toUnsignedLong(bytes.getInt(16));
    long end = strings + Integer.toUnsignedLong(bytes.getInt(20));
    if (headerBytes < HEADER_BYTES || typesEnd > bytes.limit() || end > bytes.limit()) {
      throw new BtfException(4, "sections end behind the end of the file");
    }
    stringsStart = (int) strings;
    stringsEnd = (int) end;
    readTypes((int) typesStart, (int) typesEnd);
  }

  /** The running kernel's. */
  public static synchronized Btf ofKernel() throws IOException {
    if (running == null) {
      running = of(Files.readAllBytes(VMLINUX));
    }
    return running;
  }

  /** Type information in memory. */
  public static Btf of(byte[] btf) throws BtfException {
    if (btf.length > MAX_BYTES) {
      throw new BtfException(0, "more than " + MAX_BYTES + " bytes");
    }
    return new Btf(ByteBuffer.wrap(btf).order(ByteOrder.nativeOrder()));
  }

  private void readTypes(int start, int end) throws BtfException {
    int at = start;
    while (at < end) {
      long next = (long) at + TYPE_BYTES;
      if (next > end || (next += extraBytes(at)) > end) {
        throw new BtfException(at, "a type ends behind the section");
      }
      if (typeCount == types.length) {
        types = Arrays.copyOf(types, typeCount * 2);
      }
      types[typeCount] = at;
      if (kind(at) == STRUCT && bytes.getInt(at) != 0) {
        structures.putIfAbsent(name(bytes.getInt(at)), typeCount);
      }
      typeCount++;
      at = (int) next;
    }
  }

  private int extraBytes(int at) throws BtfException {
    int length = bytes.getInt(at + 4) & 0xffff;
    return switch (kind(at)) {
      case INT, VAR, DECL_TAG -> Integer.BYTES;
      case ARRAY -> 12;
      case STRUCT, UNION, DATASEC, ENUM64 -> length * 12;
      case ENUM, FUNC_PROTO -> length * 8;
      case POINTER, 7, TYPEDEF, 9, CONST, 11, 12, 16, TYPE_TAG -> 0;
      default -> throw new BtfException(at, "type kind " + kind(at) + " is not known");
    };
  }

  private int kind(int at) {
    return bytes.getInt(at + 4) >>> 24 & 31;
  }

  private String name(int offset) throws BtfException {
    long start = stringsStart + Integer.toUnsignedLong(offset);
    int end = (int) Math.min(start, stringsEnd);
    while (end < stringsEnd && bytes.get(end) != 0) {
      end++;
    }
    if (end >= stringsEnd) {
      throw new BtfException(stringsStart, "name at " + start + " does not end in the section");
    }
    return new String(bytes.array(), (int) start, end - (int) start, StandardCharsets.US_ASCII);
  }

  /**
   * Where a member is.
   *
   * @param bitOffset from the structure's start
   * @param bits its width
   */
  public record Member(long bitOffset, int bits) {
    /** Bytes from the structure's start. */
    public int byteOffset() {
      return (int) (bitOffset / Byte.SIZE);
    }
  }

  /** Whether there is such a structure with such a member. */
  public boolean has(String structure, String path) throws BtfException {
    return find(structure, path).isPresent();
  }

  /**
   * A member of a structure.
   *
   * @param path its name, or the names that lead to it through structures, by dots; anonymous ones
   *     in between are not named
   * @throws BtfException if there is no such member: another kernel
   */
  public Member member(String structure, String path) throws BtfException {
    return find(structure, path)
        .orElseThrow(() -> new BtfException(0, "this kernel has no " + structure + "." + path));
  }

  /** Bytes of a structure. */
  public int sizeOf(String structure) throws BtfException {
    Integer type = structures.get(structure);
    if (type == null) {
      throw new BtfException(0, "this kernel has no struct " + structure);
    }
    return bytes.getInt(types[type] + 8);
  }

  private Optional<Member> find(String structure, String path) throws BtfException {
    Integer type = structures.get(structure);
    if (type == null) {
      return Optional.empty();
    }
    Found found = new Found(type, 0, 0);
    for (String name : path.split("\\.")) {
      found = search(found.type, found.bitOffset, name, 0);
      if (found == null) {
        return Optional.empty();
      }
    }
    int bits = found.bits != 0 ? found.bits : sizeBytes(found.type) * Byte.SIZE;
    return Optional.of(new Member(found.bitOffset, bits));
  }

  private record Found(int type, long bitOffset, int bits) {}

  private Found search(int type, long base, String wanted, int depth) throws BtfException {
    int at = place(strip(type));
    if (depth > MAX_NESTING || (kind(at) != STRUCT && kind(at) != UNION)) {
      return null;
    }
    boolean widths = bytes.getInt(at + 4) < 0;
    for (int i = 0; i < (bytes.getInt(at + 4) & 0xffff); i++) {
      int member = at + TYPE_BYTES + i * MEMBER_BYTES;
      int offset = bytes.getInt(member + 8);
      long bitOffset = base + (widths ? offset & 0xffffff : Integer.toUnsignedLong(offset));
      int memberType = bytes.getInt(member + 4);
      if (bytes.getInt(member) == 0) {
        Found inner = search(memberType, bitOffset, wanted, depth + 1);
        if (inner != null) {
          return inner;
        }
      } else if (name(bytes.getInt(member)).equals(wanted)) {
        return new Found(memberType, bitOffset, widths ? offset >>> 24 : 0);
      }
    }
    return null;
  }

  /** The type behind names and qualifiers. */
  private int strip(int type) throws BtfException {
    int stripped = type;
    for (int i = 0; i < MAX_NESTING; i++) {
      int kind = kind(place(stripped));
      if (kind != TYPE_TAG && (kind < TYPEDEF || kind > 11)) {
        return stripped;
      }
      stripped = bytes.getInt(place(stripped) + 8);
    }
    throw new BtfException(place(type), "a type of too many names");
  }

  private int sizeBytes(int type) throws BtfException {
    int at = place(strip(type));
    return switch (kind(at)) {
      case INT, STRUCT, UNION, ENUM, ENUM64 -> bytes.getInt(at + 8);
      case POINTER -> Long.BYTES;
      default -> 0;
    };
  }

  private int place(int type) throws BtfException {
    if (type <= 0 || type >= typeCount) {
      throw new BtfException(0, "type " + Integer.toUnsignedString(type) + " is not there");
    }
    return types[type];
  }
}
