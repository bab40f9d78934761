package io.criulazy.proto.image.memory;

import io.criulazy.proto.image.VmaStatus;
import java.util.ArrayList;
import java.util.List;

/**
 * A System V segment that a process has attached. It is one mapping at first, which mprotect(2) and
 * the like cut into pieces.
 *
 * @param shmid of the segment
 * @param offset of its first byte in the segment; 0 of one that is whole
 * @param writable whether it was attached without SHM_RDONLY
 * @param executable whether a piece of it can be executed
 */
public record SysvAttachment(
    long shmid, long start, long end, long offset, boolean writable, boolean executable) {
  private static final int O_RDWR = 2;
  private static final int PROT_EXEC = 4;

  /**
   * Those of a process.
   *
   * @param areas ascending
   */
  public static List<SysvAttachment> of(List<VmArea> areas) {
    List<SysvAttachment> found = new ArrayList<>();
    for (VmArea area : areas) {
      if ((area.status() & VmaStatus.SYSV_IPC) != 0) {
        SysvAttachment piece = piece(area);
        int last = found.size() - 1;
        if (last >= 0 && found.get(last).goesOnWith(piece)) {
          found.set(last, found.get(last).with(piece));
        } else {
          found.add(piece);
        }
      }
    }
    return found;
  }

  private static SysvAttachment piece(VmArea area) {
    return new SysvAttachment(
        area.shmid(),
        area.start(),
        area.end(),
        area.pgoff(),
        area.fdflags().orElse(O_RDWR) == O_RDWR,
        (area.prot() & PROT_EXEC) != 0);
  }

  private boolean goesOnWith(SysvAttachment piece) {
    return shmid == piece.shmid
        && end == piece.start
        && offset + end - start == piece.offset
        && writable == piece.writable;
  }

  private SysvAttachment with(SysvAttachment piece) {
    return new SysvAttachment(
        shmid, start, piece.end, offset, writable, executable || piece.executable);
  }

  /** Whether shmat(2) would make just that. */
  public boolean isWhole(SysvSegment segment) {
    return offset == 0 && end - start == segment.mappedBytes();
  }
}
