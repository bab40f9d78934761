package io.criulazy.proto.pageserver;

import io.criulazy.proto.index.PagemapKind;

/**
 * The dst_id of a request that is not GET: which pagemap it is about.
 *
 * <pre>
 *  63                8 7      0
 * +-------------------+--------+
 * | id                | type   |   type 1: a task, id = its pid; 2: shared memory, id = shmid
 * +-------------------+--------+   others: the same, as criu before 3.3 numbered them
 * </pre>
 *
 * @param kind whose pages
 * @param id 0 to 2^56-1
 */
public record PagemapId(PagemapKind kind, long id) {
  private static final int TYPE_BITS = 8;
  private static final int TYPE_MASK = (1 << TYPE_BITS) - 1;
  private static final int TASK = 1;
  private static final int SHARED_MEMORY = 2;

  public PagemapId {
    if (id < 0 || id >>> (Long.SIZE - TYPE_BITS) != 0) {
      throw new IllegalArgumentException("id " + id + " has no place in a dst_id");
    }
  }

  /** Decodes a dst_id; null if its type is none that any criu has sent. */
  public static PagemapId of(long destination) {
    PagemapKind kind = kind((int) destination & TYPE_MASK);
    return kind == null ? null : new PagemapId(kind, destination >>> TYPE_BITS);
  }

  /** The dst_id of today's criu. */
  public long destination() {
    return id << TYPE_BITS | (kind == PagemapKind.TASK ? TASK : SHARED_MEMORY);
  }

  private static PagemapKind kind(int type) {
    return switch (type) {
      case TASK, 10, 11, 16, 17 -> PagemapKind.TASK;
      case SHARED_MEMORY, 27, 28, 29, 32, 33, 34 -> PagemapKind.SHARED_MEMORY;
      default -> null;
    };
  }
}
