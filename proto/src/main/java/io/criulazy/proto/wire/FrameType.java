package io.criulazy.proto.wire;

/** What a frame's header is. Codes are part of the protocol and never change. */
public enum FrameType {
  HELLO(1),
  WELCOME(2),
  OPEN(3),
  OPENED(4),
  LIST_EXTENTS(5),
  EXTENTS(6),
  READ(7),
  PAGES(8),
  CANCEL(9),
  PING(10),
  PONG(11),
  GRANT(12),
  GRANTED(13),
  FAILURE(14);

  private static final FrameType[] BY_CODE = new FrameType[15];

  static {
    for (FrameType type : values()) {
      BY_CODE[type.code] = type;
    }
  }

  private final int code;

  FrameType(int code) {
    this.code = code;
  }

  /** Its number in a frame's prefix. */
  public int code() {
    return code;
  }

  /** The type of a code; null if this version knows none: such a frame is skipped. */
  public static FrameType of(int code) {
    return code > 0 && code < BY_CODE.length ? BY_CODE[code] : null;
  }
}
