package io.criulazy.client.trace;

import java.io.IOException;
import java.time.Duration;

/**
 * Where this processor puts the components of an XSAVE area in its standard form, as NT_X86_XSTATE
 * has it: CPUID leaf 0xD, which is asked in a traced thread.
 */
public final class XsaveLayout {
  /** How many components an area can have. */
  public static final int COMPONENTS = 64;

  private static final Duration LIMIT = Duration.ofSeconds(1);
  private static final int LEGACY_AND_HEADER_BYTES = 576;
  private static final int FIRST_EXTENDED = 2;

  /** A component's place. */
  private record Place(int offset, int sizeBytes) {}

  /**
   *
   *
   * <pre>
   * push rbx; mov eax, 0xd; mov ecx, edi; cpuid      subleaf n: eax = size, ebx = offset
   * shl rax, 32; mov ebx, ebx; or rax, rbx; pop rbx
   * </pre>
   */
  private static final byte[] ASK = {
    0x53,
    (byte) 0xB8,
    0x0D,
    0,
    0,
    0,
    (byte) 0x89,
    (byte) 0xF9,
    0x0F,
    (byte) 0xA2,
    0x48,
    (byte) 0xC1,
    (byte) 0xE0,
    0x20,
    (byte) 0x89,
    (byte) 0xDB,
    0x48,
    0x09,
    (byte) 0xD8,
    0x5B
  };

  private final Place[] places;

  private XsaveLayout(Place... places) {
    this.places = places;
  }

  /**
   * Asks the processor.
   *
   * @param thread a stopped thread; it is left as it was
   */
  public static XsaveLayout of(TracedThread thread) throws IOException {
    byte[] end = Architecture.current().stubEnd();
    byte[] code = java.util.Arrays.copyOf(ASK, ASK.length + end.length);
    System.arraycopy(end, 0, code, ASK.length, end.length);
    Place[] places = new Place[COMPONENTS];
    try (Scratch stub = Scratch.withCode(thread, code);
        Scratch stack = Scratch.allocate(thread, 1)) {
      for (int i = FIRST_EXTENDED; i < COMPONENTS - 1; i++) {
        long answer = thread.runStub(LIMIT, stub.address(), stack.end(), i);
        places[i] = new Place((int) answer, (int) (answer >>> Integer.SIZE));
      }
    }
    return new XsaveLayout(places);
  }

  /** Whether the processor has a component of the standard form. */
  public boolean has(int component) {
    return places[component] != null
        && places[component].sizeBytes > 0
        && places[component].offset >= LEGACY_AND_HEADER_BYTES;
  }

  /** Bytes from the start of the area to a component that is there. */
  public int offset(int component) {
    return places[component].offset;
  }

  /** How long a component is that is there. */
  public int sizeBytes(int component) {
    return places[component].sizeBytes;
  }
}
