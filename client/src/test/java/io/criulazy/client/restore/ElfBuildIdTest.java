package io.criulazy.client.restore;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ElfBuildIdTest {
  private static final byte[] ID = {1, 2, 3, 4, 5, 6, 7};
  private static final long SEED = 42;

  @TempDir Path directory;

  /** One program header with two notes, of which the second is the build id. */
  private static byte[] elf() {
    ByteBuffer file = ByteBuffer.allocate(64 + 56 + 16 + 24).order(ByteOrder.LITTLE_ENDIAN);
    file.putInt(0, 0x464C457F).putShort(4, (short) 0x0102);
    file.putLong(32, 64).putShort(54, (short) 56).putShort(56, (short) 1);
    file.putInt(64, 4).putLong(64 + 8, 120).putLong(64 + 32, 40);
    file.putInt(120, 4).putInt(124, 0).putInt(128, 1).putInt(132, 0x00554E47);
    file.putInt(136, 4).putInt(140, ID.length).putInt(144, 3).putInt(148, 0x00554E47);
    file.position(152);
    file.put(ID);
    return file.array();
  }

  @Test
  void isFoundBehindOtherNotes() throws Exception {
    Path file = Files.write(directory.resolve("elf"), elf());
    assertThat(ElfBuildId.of(file)).hasValueSatisfying(id -> assertThat(id).isEqualTo(ID));
  }

  @Test
  void whatIsCutOffOrDamagedHasNoneOrAnother() throws Exception {
    Random random = new Random(SEED);
    for (int length = 0; length < elf().length; length++) {
      Path file = Files.write(directory.resolve("cut"), Arrays.copyOf(elf(), length));
      assertThat(ElfBuildId.of(file))
          .as("%d bytes", length)
          .satisfiesAnyOf(id -> assertThat(id).isEmpty(), id -> assertThat(id.get()).isEqualTo(ID));
      byte[] damaged = elf();
      for (int i = 0; i < 4; i++) {
        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
      }
      ElfBuildId.of(Files.write(directory.resolve("damaged"), damaged));
    }
  }
}
