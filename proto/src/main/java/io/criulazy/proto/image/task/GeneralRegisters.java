package io.criulazy.proto.image.task;

import io.criulazy.proto.image.codec.Field;
import java.util.OptionalInt;

/**
 * {@code struct user_regs_struct}, as PTRACE_GETREGSET NT_PRSTATUS gives it.
 *
 * @param origAx the system call that was interrupted, or -1
 * @param cs 0x33 in 64-bit code
 * @param mode {@link #NATIVE}, or 2 for a 32-bit program
 */
public record GeneralRegisters(
    @Field(1) long r15,
    @Field(2) long r14,
    @Field(3) long r13,
    @Field(4) long r12,
    @Field(5) long bp,
    @Field(6) long bx,
    @Field(7) long r11,
    @Field(8) long r10,
    @Field(9) long r9,
    @Field(10) long r8,
    @Field(11) long ax,
    @Field(12) long cx,
    @Field(13) long dx,
    @Field(14) long si,
    @Field(15) long di,
    @Field(16) long origAx,
    @Field(17) long ip,
    @Field(18) long cs,
    @Field(19) long flags,
    @Field(20) long sp,
    @Field(21) long ss,
    @Field(22) long fsBase,
    @Field(23) long gsBase,
    @Field(24) long ds,
    @Field(25) long es,
    @Field(26) long fs,
    @Field(27) long gs,
    @Field(28) OptionalInt mode) {
  /** {@link #mode} of a 64-bit program. */
  public static final int NATIVE = 1;
}
