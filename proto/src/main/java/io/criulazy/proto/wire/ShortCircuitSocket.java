package io.criulazy.proto.wire;

import com.google.protobuf.ByteString;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/**
 * The abstract unix socket of one running page server, on which clients of its host get the pages
 * files. A client makes the name of what the server tells, so that no server can send it to any
 * other socket.
 *
 * <pre>
 * sun_path: 00 "criu-lazy-" and the instance in 32 hexadecimal digits
 * </pre>
 */
public final class ShortCircuitSocket {
  /** Of an instance, a ticket and an answer: they can't be guessed. */
  public static final int SECRET_BYTES = 16;

  private static final String PREFIX = "criu-lazy-";

  private ShortCircuitSocket() {}

  /**
   * Its name behind the zero byte that says that it is abstract.
   *
   * @throws WireException if that is no instance
   */
  public static String name(ByteString instance) throws WireException {
    requireSecret(instance);
    return PREFIX + HexFormat.of().formatHex(instance.toByteArray());
  }

  /** The same as bytes. */
  public static byte[] nameBytes(ByteString instance) throws WireException {
    return name(instance).getBytes(StandardCharsets.US_ASCII);
  }

  /**
   * @throws WireException if it has another length
   */
  public static void requireSecret(ByteString secret) throws WireException {
    if (secret.size() != SECRET_BYTES) {
      throw new WireException(
          FailureCode.MALFORMED,
          "%d bytes where %d that can't be guessed are due".formatted(secret.size(), SECRET_BYTES));
    }
  }
}
