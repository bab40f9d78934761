package io.criulazy.proto.image.task;

import io.criulazy.proto.image.codec.Field;
import java.util.List;

/**
 * The registers of a thread on x86-64.
 *
 * @param clearTidAddress where the kernel writes 0 and wakes when the thread exits
 *     (set_tid_address(2))
 * @param tls of 32-bit programs; three empty ones otherwise
 */
public record ThreadInfoX86(
    @Field(1) long clearTidAddress,
    @Field(2) GeneralRegisters generalRegisters,
    @Field(3) FloatingPoint floatingPoint,
    @Field(4) List<SegmentDescriptor> tls) {
  /** Keeps copies of the lists. */
  public ThreadInfoX86 {
    tls = List.copyOf(tls);
  }
}
