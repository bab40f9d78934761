package io.criulazy.proto.index;

import io.criulazy.proto.image.PagemapEntry;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What {@link LookupBenchmark} is measured against: the way of criu, which walks the parsed entries
 * from the first one on for each fault and adds up the offset in the pages file.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 5, time = 1)
public class LinearScanBenchmark {
  @Param({"1000", "65536", "1000000"})
  int entries;

  private PagemapEntry[] pagemap;
  private final Random random = new Random(1);

  /** Makes the entries that LookupBenchmark has. */
  @Setup
  public void setUp() {
    pagemap = new PagemapEntry[entries];
    for (int i = 0; i < entries; i++) {
      pagemap[i] =
          PagemapEntry.newBuilder()
              .setVaddr(LookupBenchmark.address(i))
              .setCompatNrPages(1)
              .setFlags(6)
              .build();
    }
  }

  /** Uniformly random. */
  @Benchmark
  public long random() {
    long address = LookupBenchmark.address(random.nextInt(entries));
    long offset = 0;
    for (PagemapEntry entry : pagemap) {
      long bytes = entry.getCompatNrPages() * SeekIndex.PAGE_BYTES;
      if (address < entry.getVaddr() + bytes) {
        return offset + address - entry.getVaddr();
      }
      offset += (entry.getFlags() & 4) != 0 ? bytes : 0;
    }
    return -1;
  }
}
