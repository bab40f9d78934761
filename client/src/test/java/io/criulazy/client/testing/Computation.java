package io.criulazy.client.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What compute.py, compute.pl and this program itself in a JVM of its own compute: a generator a
 * thread, until a file says that it is enough. Each line tells the thread's number, its steps,
 * where its generator stands and the sum of its last places, so that it can be computed again.
 */
public final class Computation {
  private static final long FACTOR = 6364136223846793005L;
  private static final long SUMMAND = 1442695040888963407L;
  private static final int PLACES = 65536;
  private static final int THREADS = 3;
  private static final int STEPS_AT_ONCE = 1000;

  private final long seed;
  private final long[] places = new long[PLACES];
  private long steps;
  private long state;

  private Computation(long seed) {
    this.seed = seed;
    this.state = seed;
  }

  private void run(long count) {
    for (long i = 0; i < count; i++) {
      state = state * FACTOR + SUMMAND;
      places[(int) (steps % PLACES)] = state;
      steps++;
    }
  }

  @Override
  public String toString() {
    long sum = 0;
    for (long place : places) {
      sum += place;
    }
    return seed
        + " "
        + steps
        + " "
        + Long.toUnsignedString(state)
        + " "
        + Long.toUnsignedString(sum);
  }

  /** Whether a line is what so many steps come to. */
  public static boolean isRight(String line) {
    String[] words = line.split(" ");
    Computation again = new Computation(Long.parseLong(words[0]));
    again.run(Long.parseLong(words[1]));
    return again.toString().equals(line);
  }

  /**
   * The program.
   *
   * @param arguments the directory where {@code enough} will be
   */
  public static void main(String[] arguments) throws InterruptedException {
    Path directory = Path.of(arguments[0]);
    List<Computation> computations = new ArrayList<>();
    List<Thread> threads = new ArrayList<>();
    for (int seed = 0; seed < THREADS; seed++) {
      Computation computation = new Computation(seed);
      computations.add(computation);
      threads.add(new Thread(() -> computation.runUntilEnough(directory)));
    }
    threads.forEach(Thread::start);
    for (Thread thread : threads) {
      thread.join();
    }
    computations.forEach(System.out::println);
  }

  private void runUntilEnough(Path directory) {
    try {
      run(STEPS_AT_ONCE);
      Files.createFile(directory.resolve("ready" + seed));
      while (!Files.exists(directory.resolve("enough"))) {
        run(STEPS_AT_ONCE);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
