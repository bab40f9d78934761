package io.criulazy.client.restore;

import io.criulazy.client.trace.Scratch;
import io.criulazy.client.trace.TracedThread;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;

/**
 * Where this processor keeps the extended components in an XSAVE area: CPUID leaf 13, asked by a
 * stub in a traced thread. AMD's and Intel's differ.
 */
final class XsaveLayout {
  /**
   * {@code unsigned long f(leaf, subleaf)}: EBX &lt;&lt; 32 | EAX of CPUID.
   *
   * <pre>
   * mov eax,edi; mov ecx,esi; cpuid; shl rbx,32; or rax,rbx; int3
   * </pre>
   */
  private static final byte[] CPUID = HexFormat.of().parseHex("89f889f10fa248c1e3204809d8cc");

  private static final int XSAVE_LEAF = 13;
  private static final int FIRST_COMPONENT = 2;
  private static final int LAST_COMPONENT = 18;
  private static final Duration LIMIT = Duration.ofSeconds(5);

  private final Map<Integer, Integer> offsets = new HashMap<>();

  /** Asks. */
  static XsaveLayout ask(TracedThread thread) throws IOException {
    XsaveLayout layout = new XsaveLayout();
    try (Scratch code = Scratch.withCode(thread, CPUID);
        Scratch stack = Scratch.allocate(thread, Workshop.PAGE_BYTES)) {
      for (int component = FIRST_COMPONENT; component <= LAST_COMPONENT; component++) {
        long answer = thread.runStub(LIMIT, code.address(), stack.end(), XSAVE_LEAF, component);
        if ((int) answer != 0) {
          layout.offsets.put(component, (int) (answer >>> 32));
        }
      }
    }
    return layout;
  }

  boolean has(int component) {
    return offsets.containsKey(component);
  }

  /** Bytes from the start of the area. */
  int offset(int component) {
    return offsets.get(component);
  }
}
