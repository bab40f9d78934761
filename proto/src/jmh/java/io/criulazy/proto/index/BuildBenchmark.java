package io.criulazy.proto.index;

import io.criulazy.proto.image.ImageDirectory;
import io.criulazy.proto.image.InventoryEntry;
import io.criulazy.proto.image.PagemapEntry;
import io.criulazy.proto.image.PagemapHead;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * From a pagemap image in the page cache to the finished index. The first shot is what a daemon
 * that has just started would see; no warm-up before it.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(3)
@Warmup(iterations = 0)
@Measurement(iterations = 5)
public class BuildBenchmark {
  private static final int PID = 1;

  @Param({"65536", "1000000", "10000000"})
  int entries;

  private Path temp;
  private List<ImageDirectory> chain;

  /** Writes the image: one-page entries, every second page missing. */
  @Setup(Level.Trial)
  public void setUp() throws IOException {
    temp = Files.createTempDirectory("criu-lazy-jmh");
    try (OutputStream image = open("inventory.img", 0x58313116)) {
      record(image, InventoryEntry.newBuilder().setImgVersion(2).build().toByteArray());
    }
    try (OutputStream image = open("pagemap-" + PID + ".img", 0x54564319, 0x56084025)) {
      record(image, PagemapHead.newBuilder().setPagesId(1).build().toByteArray());
      PagemapEntry.Builder entry =
          PagemapEntry.newBuilder().setCompatNrPages(1).setFlags(6).setNrPages(1);
      for (int i = 0; i < entries; i++) {
        record(image, entry.setVaddr(LookupBenchmark.address(i)).build().toByteArray());
      }
    }
    chain = ImageDirectory.open(temp).chain();
  }

  private OutputStream open(String name, int... magics) throws IOException {
    OutputStream image = new BufferedOutputStream(Files.newOutputStream(temp.resolve(name)));
    for (int magic : magics) {
      image.write(u32(magic));
    }
    return image;
  }

  private static void record(OutputStream image, byte[] message) throws IOException {
    image.write(u32(message.length));
    image.write(message);
  }

  private static byte[] u32(int value) {
    return ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array();
  }

  /** Removes the image. */
  @TearDown(Level.Trial)
  public void tearDown() throws IOException {
    try (var files = Files.list(temp)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(temp);
  }

  /** Reads and builds. */
  @Benchmark
  public SeekIndex build() throws IOException {
    PagesFiles unwritten =
        new PagesFiles() {
          @Override
          public int ordinal(ImageDirectory directory, long pagesId) {
            return 0;
          }

          @Override
          public long sizeBytes(int ordinal) {
            return Long.MAX_VALUE;
          }
        };
    return SeekIndexLoader.load(chain, unwritten, PagemapKind.TASK, PID);
  }
}
