package io.criulazy.client.bpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Type information of two structures, whole and damaged. */
class BtfTest {
  private static final int HEADER_BYTES = 24;
  private static final String NAMES = "\0int\0outer\0inner\0a\0b\0bits\0deep\0";
  private static final int DAMAGED = 20_000;

  @Test
  void findsMembersThroughAnonymousStructures() throws BtfException {
    Btf btf = Btf.of(example());
    assertThat(btf.sizeOf("outer")).isEqualTo(32);
    assertThat(btf.member("outer", "a").byteOffset()).isZero();
    assertThat(btf.member("outer", "b").byteOffset()).isEqualTo(8);
    assertThat(btf.member("outer", "b").bits()).isEqualTo(64);
    assertThat(btf.member("outer", "deep.a")).isEqualTo(new Btf.Member(128 + 32, 32));
    assertThat(btf.member("inner", "bits")).isEqualTo(new Btf.Member(3, 2));
    assertThat(btf.has("outer", "nothing")).isFalse();
    assertThat(btf.has("nothing", "a")).isFalse();
    assertThatThrownBy(() -> btf.member("outer", "a.b"))
        .hasMessageContaining("this kernel has no outer.a.b");
  }

  @Test
  void damagedBytesAreReadOrRefused() {
    Random random = new Random(4711);
    byte[] whole = example();
    for (int i = 0; i < DAMAGED; i++) {
      byte[] damaged = whole.clone();
      for (int n = random.nextInt(6); n >= 0; n--) {
        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
      }
      int length = random.nextInt(4) == 0 ? random.nextInt(whole.length) : whole.length;
      look(java.util.Arrays.copyOf(damaged, length));
    }
  }

  /** Reads what it can be asked; what is refused is refused with its place. */
  static void look(byte[] bytes) {
    try {
      Btf btf = Btf.of(bytes);
      for (String structure : new String[] {"outer", "inner", "a"}) {
        for (String path : new String[] {"a", "b", "bits", "deep.a", "deep.bits"}) {
          btf.has(structure, path);
        }
      }
    } catch (BtfException e) {
      assertThat(e).hasMessageStartingWith("BTF, offset ");
    }
  }

  /**
   *
   *
   * <pre>
   * 1: int  2: pointer to int
   * 3: struct inner { int a : at bit 32; bits : 2 at bit 3 }      with widths
   * 4: struct { int *b; }                                         anonymous
   * 5: struct outer { int a; struct 4 at 8; struct inner deep at 16 }
   * </pre>
   */
  private static byte[] example() {
    byte[] names = NAMES.getBytes(StandardCharsets.US_ASCII);
    ByteBuffer types = ByteBuffer.allocate(400).order(ByteOrder.nativeOrder());
    type(types, "int", 1, 0, 4).putInt(32);
    type(types, "", 2, 0, 1);
    type(types, "inner", 4, 2, 8);
    int inner = types.position() - 8;
    types.putInt(inner, types.getInt(inner) | 1 << 31);
    member(types, "a", 1, 32);
    member(types, "bits", 1, 3 | 2 << 24);
    type(types, "", 4, 1, 8);
    member(types, "b", 2, 0);
    type(types, "outer", 4, 3, 32);
    member(types, "a", 1, 0);
    member(types, "", 4, 64);
    member(types, "deep", 3, 128);
    int typeBytes = types.position();
    ByteBuffer btf =
        ByteBuffer.allocate(HEADER_BYTES + typeBytes + names.length).order(ByteOrder.nativeOrder());
    btf.putShort((short) 0xeb9f).put((byte) 1).put((byte) 0).putInt(HEADER_BYTES);
    btf.putInt(0).putInt(typeBytes).putInt(typeBytes).putInt(names.length);
    return btf.put(types.array(), 0, typeBytes).put(names).array();
  }

  private static ByteBuffer type(ByteBuffer types, String name, int kind, int length, int size) {
    return types.putInt(nameOffset(name)).putInt(kind << 24 | length).putInt(size);
  }

  private static void member(ByteBuffer types, String name, int type, int offset) {
    types.putInt(nameOffset(name)).putInt(type).putInt(offset);
  }

  private static int nameOffset(String name) {
    return name.isEmpty() ? 0 : NAMES.indexOf("\0" + name + "\0") + 1;
  }
}
