package io.criulazy.proto.pageserver;

/**
 * What a request asks for: the low 16 bits of its cmd field.
 *
 * <p>A dump is OPEN2, ADD_F..., OPEN2, ADD_F..., CLOSE. The answers: OPEN2, one byte, whether the
 * image has a parent; PARENT, an i32, the same; CLOSE and FORCE_CLOSE, an i32, 0 if all was
 * written; GET, a header with cmd {@link #GET_ANSWER} and then the pages. The others have none.
 */
public enum Command {
  /** Pages follow; of old criu, which had no flags. */
  ADD(1),
  /** The pages are in the parent; of old criu. */
  HOLE(2),
  /** The next pages are of this image; of old criu, not answered. */
  OPEN(3),
  /** The next pages are of this image. */
  OPEN2(4),
  /** Whether the parent has such an image. */
  PARENT(5),
  /** A pagemap entry with its flags; if PRESENT is among them the pages follow. */
  ADD_F(6),
  /** Send so many pages at most. */
  GET(7),
  /** That was all; the sender closes when it has the answer. */
  CLOSE(0x1023),
  /** The same, where the connection belongs to somebody else and stays open. */
  FORCE_CLOSE(0x1024);

  /** The flag of a pagemap entry whose pages follow, as in {@code pagemap-PID.img}. */
  public static final int PRESENT = 4;

  private static final int CODE_BITS = 16;
  private static final int CODE_MASK = (1 << CODE_BITS) - 1;
  private static final Command[] ALL = values();

  /** The cmd field of an answer to GET. */
  public static final int GET_ANSWER = ADD_F.with(PRESENT);

  private final int code;

  Command(int code) {
    this.code = code;
  }

  /** The cmd field of a request without flags. */
  public int code() {
    return code;
  }

  /** The cmd field of a request with flags of a pagemap entry. */
  public int with(int flags) {
    return flags << CODE_BITS | code;
  }

  /** The command in a cmd field, or null if there is none of that number. */
  public static Command of(int field) {
    int code = field & CODE_MASK;
    for (Command command : ALL) {
      if (command.code == code) {
        return command;
      }
    }
    return null;
  }

  /** The flags in a cmd field. */
  public static int flags(int field) {
    return field >>> CODE_BITS;
  }
}
