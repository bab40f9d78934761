package io.criulazy.client.restore;

import io.criulazy.client.sys.NativeBuffer;
import io.criulazy.proto.image.task.FloatingPoint;
import io.criulazy.proto.image.task.XsaveState;
import java.util.List;

/**
 * A thread's vector and floating-point registers, as an XSAVE area in the standard format:
 *
 * <pre>
 *    0 FXSAVE: u16 cwd, swd, twd, fop; u64 rip, rdp; u32 mxcsr, mxcsr_mask; st 128; xmm 256 bytes
 *  512 header: u64 xstate_bv, xcomp_bv; 48 bytes zero
 *  576 the extended components, each where the processor says
 * </pre>
 */
final class ExtendedState {
  private static final int ST_AT = 32;
  private static final int XMM_AT = 160;
  private static final int HEADER_AT = 512;
  private static final int YMM = 2;
  private static final int OPMASK = 5;
  private static final int ZMM_UPPER = 6;
  private static final int HIGH_ZMM = 7;
  private static final int PKRU = 9;

  private ExtendedState() {}

  /**
   * Overwrites a thread's area.
   *
   * @param area as the kernel gives it
   */
  static void write(FloatingPoint saved, XsaveLayout layout, NativeBuffer area) {
    area.putShort(0, (short) saved.cwd());
    area.putShort(2, (short) saved.swd());
    area.putShort(4, (short) saved.twd());
    area.putShort(6, (short) saved.fop());
    area.putLong(8, saved.rip());
    area.putLong(16, saved.rdp());
    area.putInt(24, saved.mxcsr());
    putInts(area, ST_AT, saved.stSpace());
    putInts(area, XMM_AT, saved.xmmSpace());
    saved.xsave().ifPresent(xsave -> writeComponents(xsave, layout, area));
  }

  private static void writeComponents(XsaveState xsave, XsaveLayout layout, NativeBuffer area) {
    area.putLong(HEADER_AT, xsave.xstateBv());
    if (layout.has(YMM)) {
      putInts(area, layout.offset(YMM), xsave.ymmhSpace());
    }
    if (layout.has(OPMASK)) {
      putLongs(area, layout.offset(OPMASK), xsave.opmaskReg());
    }
    if (layout.has(ZMM_UPPER)) {
      putLongs(area, layout.offset(ZMM_UPPER), xsave.zmmUpper());
    }
    if (layout.has(HIGH_ZMM)) {
      putLongs(area, layout.offset(HIGH_ZMM), xsave.hi16Zmm());
    }
    if (layout.has(PKRU)) {
      putInts(area, layout.offset(PKRU), xsave.pkru());
    }
  }

  private static void putInts(NativeBuffer area, int offset, List<Integer> words) {
    for (int i = 0; i < words.size(); i++) {
      area.putInt(offset + Integer.BYTES * i, words.get(i));
    }
  }

  private static void putLongs(NativeBuffer area, int offset, List<Long> words) {
    for (int i = 0; i < words.size(); i++) {
      area.putLong(offset + Long.BYTES * i, words.get(i));
    }
  }
}
