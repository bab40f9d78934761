package io.criulazy.proto.image.task;

import io.criulazy.proto.image.codec.Field;
import java.util.List;
import java.util.Optional;

/**
 * The FXSAVE area of a thread, and what XSAVE adds to it.
 *
 * @param cwd x87 control word
 * @param swd x87 status word
 * @param twd x87 tag word, one bit a register
 * @param fop last x87 opcode
 * @param rip last x87 instruction
 * @param rdp last x87 operand
 * @param stSpace eight x87 registers of 16 bytes
 * @param xmmSpace sixteen registers of 16 bytes
 * @param padding 24 words, empty
 * @param xsave of machines that have XSAVE
 */
public record FloatingPoint(
    @Field(1) int cwd,
    @Field(2) int swd,
    @Field(3) int twd,
    @Field(4) int fop,
    @Field(5) long rip,
    @Field(6) long rdp,
    @Field(7) int mxcsr,
    @Field(8) int mxcsrMask,
    @Field(9) List<Integer> stSpace,
    @Field(10) List<Integer> xmmSpace,
    @Field(11) List<Integer> padding,
    @Field(13) Optional<XsaveState> xsave) {
  /** Keeps copies of the lists. */
  public FloatingPoint {
    stSpace = List.copyOf(stSpace);
    xmmSpace = List.copyOf(xmmSpace);
    padding = List.copyOf(padding);
  }
}
