package io.criulazy.proto.index;

import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One lookup of an address that is there, in an image as fragmented as can be: one-page entries,
 * every second page missing. Sampled in batches of a thousand, so that the median is not about what
 * else the machine does.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class LookupBenchmark {
  private static final long BASE = 0x7f00_0000_0000L;
  private static final int LOOKUPS = 1000;
  private static final int ADDRESSES = 1 << 20;

  @Param({"1000", "65536", "1000000", "10000000"})
  int entries;

  private SeekIndex index;
  private long[] randomAddresses;
  private int next;

  /** Builds the index and the addresses to look for. */
  @Setup
  public void setUp() {
    SeekIndexBuilder builder = new SeekIndexBuilder();
    for (int i = 0; i < entries; i++) {
      builder.addPresent(address(i), 1, true, 0, i * SeekIndex.PAGE_BYTES);
    }
    index = builder.build();
    Random random = new Random(1);
    randomAddresses =
        random.ints(ADDRESSES, 0, entries).mapToLong(LookupBenchmark::address).toArray();
  }

  /** Uniformly random: no lookup helps the next one. */
  @Benchmark
  @OperationsPerInvocation(LOOKUPS)
  public long random() {
    long sum = 0;
    for (int i = 0; i < LOOKUPS; i++) {
      sum += index.fileOffset(index.find(randomAddresses[next++ & ADDRESSES - 1]));
    }
    return sum;
  }

  /** Random, each address known only when the one before was found: no two at the same time. */
  @Benchmark
  @OperationsPerInvocation(LOOKUPS)
  public long randomDependent() {
    long offset = 0;
    for (int i = 0; i < LOOKUPS; i++) {
      long address = randomAddresses[next++ & ADDRESSES - 1] + (offset & 1);
      offset = index.fileOffset(index.find(address));
    }
    return offset;
  }

  /** In address order, as background copying asks. */
  @Benchmark
  @OperationsPerInvocation(LOOKUPS)
  public long sequential() {
    long sum = 0;
    for (int i = 0; i < LOOKUPS; i++) {
      next = next + 1 >= entries ? 0 : next + 1;
      sum += index.fileOffset(index.find(address(next)));
    }
    return sum;
  }

  static long address(int entry) {
    return BASE + 2L * entry * SeekIndex.PAGE_BYTES;
  }
}
