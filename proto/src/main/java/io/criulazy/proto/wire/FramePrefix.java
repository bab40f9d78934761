package io.criulazy.proto.wire;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/**
 * What stands before each frame's header and payload. Everything is little-endian.
 *
 * <pre>
 *  0        2        4                 8                 12                16
 * +--------+--------+-----------------+-----------------+-----------------+- - - - -+- - - - - -+
 * | type   | 0      | header bytes    | payload bytes   | CRC-32C         | header  | payload   |
 * | u16    | u16    | u32, to 64 KiB  | u32, to 1 MiB   | u32             |         |           |
 * +--------+--------+-----------------+-----------------+-----------------+- - - - -+- - - - - -+
 * </pre>
 *
 * The checksum covers bytes 0 to 11, the header and the payload. Static accessors over memory;
 * nothing is kept.
 */
public final class FramePrefix {
  /** Its length. */
  public static final int BYTES = 16;

  /** The longest header. */
  public static final int MAX_HEADER_BYTES = 64 << 10;

  /** The longest header of a frame that a client sends. */
  public static final int MAX_REQUEST_BYTES = 8 << 10;

  /** The longest payload. */
  public static final int MAX_PAYLOAD_BYTES = 1 << 20;

  private static final int HEADER_BYTES_AT = 4;
  private static final int PAYLOAD_BYTES_AT = 8;
  private static final int CHECKSUM_AT = 12;
  private static final int CHECKED_BYTES = CHECKSUM_AT;

  private FramePrefix() {}

  /**
   * Checks the lengths of a prefix.
   *
   * @param bytes little-endian; at least {@link #BYTES} from {@code at} on
   * @throws WireException if a length is above its bound
   */
  public static void requireBounded(ByteBuffer bytes, int at) throws WireException {
    long header = u32(bytes, at + HEADER_BYTES_AT);
    long payload = u32(bytes, at + PAYLOAD_BYTES_AT);
    if (header > MAX_HEADER_BYTES || payload > MAX_PAYLOAD_BYTES) {
      throw new WireException(
          FailureCode.MALFORMED,
          "a frame with a header of %d and a payload of %d bytes; at most %d and %d are allowed"
              .formatted(header, payload, MAX_HEADER_BYTES, MAX_PAYLOAD_BYTES));
    }
  }

  /** The code of the frame's type. */
  public static int type(ByteBuffer bytes, int at) {
    return Short.toUnsignedInt(bytes.getShort(at));
  }

  /** Length of the header of a prefix that is {@link #requireBounded bounded}. */
  public static int headerBytes(ByteBuffer bytes, int at) {
    return bytes.getInt(at + HEADER_BYTES_AT);
  }

  /** Length of the payload of a prefix that is {@link #requireBounded bounded}. */
  public static int payloadBytes(ByteBuffer bytes, int at) {
    return bytes.getInt(at + PAYLOAD_BYTES_AT);
  }

  /**
   * Writes a prefix; its checksum is still to be {@link #seal sealed}.
   *
   * @param bytes little-endian
   */
  public static void write(
      ByteBuffer bytes, int at, FrameType type, int headerBytes, int payloadBytes) {
    bytes.putShort(at, (short) type.code());
    bytes.putShort(at + 2, (short) 0);
    bytes.putInt(at + HEADER_BYTES_AT, headerBytes);
    bytes.putInt(at + PAYLOAD_BYTES_AT, payloadBytes);
  }

  /** Writes the checksum of a frame that is complete but for it. */
  public static void seal(ByteBuffer bytes, int at) {
    bytes.putInt(at + CHECKSUM_AT, checksum(bytes, at));
  }

  /**
   * Checks a whole frame's checksum.
   *
   * @param bytes little-endian; holds the whole frame from {@code at} on
   * @throws WireException if a byte of it has changed on its way
   */
  public static void requireIntact(ByteBuffer bytes, int at) throws WireException {
    int computed = checksum(bytes, at);
    int sent = bytes.getInt(at + CHECKSUM_AT);
    if (computed != sent) {
      throw new WireException(
          FailureCode.MALFORMED,
          "a frame's checksum is %08x and it says %08x: it was damaged on its way"
              .formatted(computed, sent));
    }
  }

  private static int checksum(ByteBuffer bytes, int at) {
    int rest = headerBytes(bytes, at) + payloadBytes(bytes, at);
    CRC32C crc = new CRC32C();
    ByteBuffer view = bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    crc.update(view.limit(at + CHECKED_BYTES).position(at));
    crc.update(view.limit(at + BYTES + rest).position(at + BYTES));
    return (int) crc.getValue();
  }

  private static long u32(ByteBuffer bytes, int at) {
    return Integer.toUnsignedLong(bytes.getInt(at));
  }
}
