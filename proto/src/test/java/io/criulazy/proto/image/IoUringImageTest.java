package io.criulazy.proto.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.criulazy.proto.image.rings.IoUringRing;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IoUringImageTest {
  private static final int PID = 4711;

  @TempDir Path directory;

  @Test
  void comesBackAsItWasWritten() throws IOException {
    new IoUringImage(PID, true, List.of(ring(8, 16, 0x7000_0000L))).write(directory);
    IoUringImage read = IoUringImage.read(directory, PID);
    assertThat(read.pid()).isEqualTo(PID);
    assertThat(read.stopped()).isTrue();
    IoUringRing ring = read.rings().get(0);
    IoUringRing expected = ring(8, 16, 0x7000_0000L);
    assertThat(ring).usingRecursiveComparison().isEqualTo(expected);
    assertThat(ring.sqThreadCpu()).isEqualTo(-1);
    assertThat(Integer.toUnsignedLong(ring.cachedCqTail())).isEqualTo(0xFFFF_FFF0L);
  }

  @Test
  void aTaskWithoutRingsHasNoImage() throws IOException {
    assertThat(IoUringImage.read(directory, PID).rings()).isEmpty();
  }

  @Test
  void anImageIsNotOverwritten() throws IOException {
    IoUringImage image = new IoUringImage(PID, false, List.of());
    image.write(directory);
    assertThatThrownBy(() -> image.write(directory)).isInstanceOf(FileAlreadyExistsException.class);
  }

  @Test
  void whatNoKernelLeavesIsRefused() {
    assertRefused(ring(7, 16, 0x7000_0000L), "queues of 7 and 16 entries");
    assertRefused(ring(8, 1 << 20, 0x7000_0000L), "queues of 8 and 1048576 entries");
    assertRefused(ring(8, 16, 0x7000_0001L), "a mapping at 0x70000001");
    assertRefused(ring(8, 16, -4096), "a mapping at 0xfffffffffffff000");
  }

  @Test
  void anotherTasksImageIsRefused() throws IOException {
    new IoUringImage(PID, false, List.of()).write(directory);
    Files.move(directory.resolve(IoUringImage.fileName(PID)), directory.resolve("io-uring-1.img"));
    assertThatThrownBy(() -> IoUringImage.read(directory, 1)).hasMessageContaining("of task 4711");
  }

  @Test
  void aTruncatedImageIsRefusedWithThePlace() throws IOException {
    new IoUringImage(PID, false, List.of(ring(8, 16, 0x7000_0000L))).write(directory);
    Path file = directory.resolve(IoUringImage.fileName(PID));
    byte[] whole = Files.readAllBytes(file);
    for (int length : new int[] {0, 3, 8, 11, 20, whole.length / 2, whole.length - 1}) {
      Files.write(file, java.util.Arrays.copyOf(whole, length));
      assertThatThrownBy(() -> IoUringImage.read(directory, PID))
          .isInstanceOf(ImageFormatException.class)
          .hasMessageContaining("io-uring-4711.img");
    }
  }

  private void assertRefused(IoUringRing ring, String reason) {
    assertThatThrownBy(
            () -> {
              Files.deleteIfExists(directory.resolve(IoUringImage.fileName(PID)));
              new IoUringImage(PID, false, List.of(ring)).write(directory);
              IoUringImage.read(directory, PID);
            })
        .isInstanceOf(ImageFormatException.class)
        .hasMessageContaining(reason);
  }

  private static IoUringRing ring(int sqEntries, int cqEntries, long address) {
    return new IoUringRing(
        PID + 1,
        1 << 12,
        sqEntries,
        cqEntries,
        -1,
        1000,
        320,
        -1,
        -16,
        new byte[4096],
        new byte[8192],
        List.of(new byte[16], new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}),
        List.of(new IoUringRing.Descriptor(5, true)),
        List.of(new IoUringRing.Mapping(address, 4096, 0x1000_0000L, 3)),
        Optional.of(new IoUringRing.Files(3, List.of(new IoUringRing.FileSlot(1, 7, 99)), 0, 3)),
        Optional.of(
            new IoUringRing.Buffers(2, List.of(new IoUringRing.BufferSlot(0, 0x1000, 5000, 0)))),
        Optional.empty(),
        List.of(1, 5),
        6,
        0,
        7,
        List.of(new IoUringRing.Registration(PID, 0)),
        List.of(new IoUringRing.Epoll(3, 5, 0x8000_0001, -1)),
        false);
  }
}
