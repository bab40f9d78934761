package io.criulazy.client.engine;

import io.criulazy.client.trace.XsaveLayout;
import io.criulazy.proto.image.task.FloatingPoint;
import io.criulazy.proto.image.task.XsaveState;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A thread's x87, SSE, AVX and AVX-512 registers: between the processor's XSAVE area in its
 * standard form (ptrace's NT_X86_XSTATE) and the images.
 *
 * <pre>
 *   0  cwd swd twd fop u16, rip rdp u64, mxcsr mxcsr_mask u32
 *  32  st0 - st7, 16 bytes each
 * 160  xmm0 - xmm15, 16 bytes each
 * 512  xstate_bv u64: which components are in use; xcomp_bv u64
 * 576  the components, where the processor says
 * </pre>
 */
public final class XsaveArea {
  private static final int ST = 32;
  private static final int ST_WORDS = 32;
  private static final int XMM = 160;
  private static final int XMM_WORDS = 64;
  private static final int PADDING_WORDS = 24;
  private static final int SUPPORTED = 464;
  private static final int XSTATE_BV = 512;

  private static final int YMM = 2;
  private static final int YMM_WORDS = 64;
  private static final int BNDREG = 3;
  private static final int BNDREG_WORDS = 8;
  private static final int BNDCSR = 4;
  private static final int BNDCSR_WORDS = 8;
  private static final int OPMASK = 5;
  private static final int OPMASK_WORDS = 8;
  private static final int ZMM_UPPER = 6;
  private static final int ZMM_UPPER_WORDS = 64;
  private static final int HI16_ZMM = 7;
  private static final int HI16_ZMM_WORDS = 128;
  private static final int PKRU = 9;
  private static final int PKRU_WORDS = 2;

  /** x87, SSE and what is above: the only ones that images have a place for. */
  private static final long KNOWN = 0b10_1111_1111;

  private XsaveArea() {}

  /** Components in use that the images have no place for (AMX, shadow stacks); 0: none. */
  public static long unknownComponents(byte[] area) {
    return layout(area).getLong(XSTATE_BV) & ~KNOWN;
  }

  /** What the images say of an area. */
  public static FloatingPoint toImage(byte[] area, XsaveLayout layout) {
    ByteBuffer bytes = layout(area);
    return new FloatingPoint(
        Short.toUnsignedInt(bytes.getShort(0)),
        Short.toUnsignedInt(bytes.getShort(2)),
        Short.toUnsignedInt(bytes.getShort(4)),
        Short.toUnsignedInt(bytes.getShort(6)),
        bytes.getLong(8),
        bytes.getLong(16),
        bytes.getInt(24),
        bytes.getInt(28),
        ints(bytes, ST, ST_WORDS),
        ints(bytes, XMM, XMM_WORDS),
        java.util.Collections.nCopies(PADDING_WORDS, 0),
        Optional.of(extended(bytes, layout)));
  }

  private static XsaveState extended(ByteBuffer area, XsaveLayout layout) {
    return new XsaveState(
        area.getLong(XSTATE_BV),
        ints(area, layout, YMM, YMM_WORDS),
        longs(area, layout, BNDREG, BNDREG_WORDS),
        longs(area, layout, BNDCSR, BNDCSR_WORDS),
        longs(area, layout, OPMASK, OPMASK_WORDS),
        longs(area, layout, ZMM_UPPER, ZMM_UPPER_WORDS),
        longs(area, layout, HI16_ZMM, HI16_ZMM_WORDS),
        ints(area, layout, PKRU, PKRU_WORDS),
        Optional.empty());
  }

  /** A component that is not in use has undefined bytes: zeros are written. */
  private static boolean isUsed(ByteBuffer area, int component) {
    return (area.getLong(XSTATE_BV) >>> component & 1) != 0;
  }

  /** Whether the kernel switches it: bits of XCR0, left where software may put something. */
  private static boolean isSupported(ByteBuffer area, XsaveLayout layout, int component) {
    return (area.getLong(SUPPORTED) >>> component & 1) != 0 && layout.has(component);
  }

  private static List<Integer> ints(ByteBuffer area, XsaveLayout layout, int component, int count) {
    if (!isSupported(area, layout, component)) {
      return List.of();
    }
    return isUsed(area, component)
        ? ints(area, layout.offset(component), count)
        : java.util.Collections.nCopies(count, 0);
  }

  private static List<Long> longs(ByteBuffer area, XsaveLayout layout, int component, int count) {
    if (!isSupported(area, layout, component)) {
      return List.of();
    }
    List<Long> words = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      words.add(
          isUsed(area, component) ? area.getLong(layout.offset(component) + i * Long.BYTES) : 0L);
    }
    return words;
  }

  private static List<Integer> ints(ByteBuffer area, int offset, int count) {
    List<Integer> words = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      words.add(area.getInt(offset + i * Integer.BYTES));
    }
    return words;
  }

  /**
   * Writes what the images say into an area.
   *
   * @param area as the kernel gives it for the thread that is to get the registers
   * @throws IOException when the image has another number of registers
   */
  public static void toArea(FloatingPoint image, byte[] area, XsaveLayout layout)
      throws IOException {
    ByteBuffer bytes = layout(area);
    bytes.putShort(0, (short) image.cwd()).putShort(2, (short) image.swd());
    bytes.putShort(4, (short) image.twd()).putShort(6, (short) image.fop());
    bytes.putLong(8, image.rip()).putLong(16, image.rdp());
    bytes.putInt(24, image.mxcsr());
    putInts(bytes, ST, image.stSpace(), ST_WORDS);
    putInts(bytes, XMM, image.xmmSpace(), XMM_WORDS);
    if (image.xsave().isPresent()) {
      XsaveState state = image.xsave().get();
      bytes.putLong(XSTATE_BV, state.xstateBv());
      putInts(bytes, layout, YMM, state.ymmhSpace(), YMM_WORDS);
      putLongs(bytes, layout, BNDREG, state.bndregState(), BNDREG_WORDS);
      putLongs(bytes, layout, BNDCSR, state.bndcsrState(), BNDCSR_WORDS);
      putLongs(bytes, layout, OPMASK, state.opmaskReg(), OPMASK_WORDS);
      putLongs(bytes, layout, ZMM_UPPER, state.zmmUpper(), ZMM_UPPER_WORDS);
      putLongs(bytes, layout, HI16_ZMM, state.hi16Zmm(), HI16_ZMM_WORDS);
      putInts(bytes, layout, PKRU, state.pkru(), PKRU_WORDS);
    }
  }

  /** Components that the images say are in use and this processor does not have; 0: none. */
  public static long missingComponents(FloatingPoint image, byte[] area, XsaveLayout layout) {
    long used = image.xsave().map(XsaveState::xstateBv).orElse(0L);
    long missing = used & ~KNOWN;
    for (int component = YMM; component <= PKRU; component++) {
      if ((used >>> component & 1) != 0 && !isSupported(layout(area), layout, component)) {
        missing |= 1L << component;
      }
    }
    return missing;
  }

  private static void putInts(
      ByteBuffer area, XsaveLayout layout, int component, List<Integer> words, int count)
      throws IOException {
    if (!words.isEmpty() && isSupported(area, layout, component)) {
      putInts(area, layout.offset(component), words, count);
    }
  }

  private static void putInts(ByteBuffer area, int offset, List<Integer> words, int count)
      throws IOException {
    checkCount(words, count);
    for (int i = 0; i < count; i++) {
      area.putInt(offset + i * Integer.BYTES, words.get(i));
    }
  }

  private static void putLongs(
      ByteBuffer area, XsaveLayout layout, int component, List<Long> words, int count)
      throws IOException {
    if (!words.isEmpty() && isSupported(area, layout, component)) {
      checkCount(words, count);
      for (int i = 0; i < count; i++) {
        area.putLong(layout.offset(component) + i * Long.BYTES, words.get(i));
      }
    }
  }

  private static void checkCount(List<?> words, int count) throws IOException {
    if (words.size() != count) {
      throw new IOException(
          "a core image has %d words of a kind of register; %d are needed"
              .formatted(words.size(), count));
    }
  }

  private static ByteBuffer layout(byte[] area) {
    return ByteBuffer.wrap(area).order(ByteOrder.LITTLE_ENDIAN);
  }
}
