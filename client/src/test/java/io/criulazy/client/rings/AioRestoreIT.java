package io.criulazy.client.rings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.criulazy.client.sys.Errno;
import io.criulazy.client.sys.ForeignMemory;
import io.criulazy.client.sys.NativeBuffer;
import io.criulazy.client.sys.PrivateMemory;
import io.criulazy.client.sys.SyscallNumbers;
import io.criulazy.client.testing.Needs;
import io.criulazy.client.testing.Requirement;
import io.criulazy.client.trace.RemoteCalls;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** AIO contexts of this process are made again in any state, and go on from there. */
@Needs(Requirement.KERNEL)
class AioRestoreIT {
  private static final int STATES = Integer.getInteger("criu-lazy.it.aio-states", 500);
  private static final int WORKERS = 10;
  private static final long UNUSED_ADDRESSES = 0x2000_0000_0000L;
  private static final long ADDRESSES_EACH = 1L << 30;
  private static final int MAGIC = 0xa10a10a1;
  private static final int PAGE_BYTES = 4096;
  private static final RemoteCalls OWN = RemoteCalls.OWN;

  private final ForeignMemory memory = new ForeignMemory((int) ProcessHandle.current().pid());
  private final NativeBuffer context = new NativeBuffer(8);
  private final NativeBuffer noTime = new NativeBuffer(16);

  /** Several at once, because the kernel lets each wait when its context is destroyed. */
  @Test
  void comesBackInAnyState() throws Exception {
    ExecutorService workers = Executors.newFixedThreadPool(WORKERS);
    try {
      List<Future<Integer>> pending = new ArrayList<>();
      for (int worker = 0; worker < WORKERS; worker++) {
        int seed = worker;
        pending.add(workers.submit(() -> new AioRestoreIT().comesBack(seed, STATES / WORKERS)));
      }
      for (Future<Integer> events : pending) {
        assertThat(events.get()).isPositive();
      }
    } finally {
      workers.shutdownNow();
    }
  }

  private int comesBack(int worker, int states) throws IOException {
    Random random = new Random(4711 + worker);
    int[] requests = {1, 62, 63, 128, 1000};
    long address = UNUSED_ADDRESSES + worker * ADDRESSES_EACH;
    int pending = 0;
    for (int i = 0; i < states; i++) {
      int[] size = sizeOf(requests[random.nextInt(requests.length)]);
      int nr = size[0];
      int head = random.nextInt(nr);
      int count = random.nextInt(capacity(nr) + 1);
      AioRing ring = ring(address, nr, head, (head + count) % nr, size[1]);
      AioRestore.putBack(OWN, memory, ring);
      takeOutAll(ring, count);
      usesOn(ring.address(), nr);
      assertThat(OWN.call(SyscallNumbers.IO_DESTROY, ring.address())).isZero();
      pending += count;
    }
    return pending;
  }

  @Test
  void refusesMoreThanTheKernelTakes() throws Exception {
    int[] size = sizeOf(62);
    AioRing ring = ring(freeAddress(size[1]), size[0], 5, 4, size[1]);
    assertThatThrownBy(() -> AioRestore.putBack(OWN, memory, ring))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("more events pending");
    assertThat(getEvents(ring.address(), 1, new NativeBuffer(64))).isEqualTo(-Errno.EINVAL);
  }

  @Test
  void refusesAnAddressThatIsInUse() throws Exception {
    int[] size = sizeOf(62);
    try (PrivateMemory used = new PrivateMemory(size[1])) {
      AioRing ring = ring(used.address(), size[0], 0, 3, size[1]);
      assertThatThrownBy(() -> AioRestore.putBack(OWN, memory, ring))
          .hasMessageContaining("EEXIST");
    }
  }

  /** What the kernel makes of a number of requests: places, bytes. */
  private int[] sizeOf(int requests) throws IOException {
    context.putLong(0, 0);
    assertThat(OWN.call(SyscallNumbers.IO_SETUP, requests, context.address())).isZero();
    int nr = memory.readInt(context.getLong(0) + AioRing.NR);
    OWN.call(SyscallNumbers.IO_DESTROY, context.getLong(0));
    int bytes = AioRing.HEADER_BYTES + nr * AioRing.EVENT_BYTES;
    return new int[] {nr, (bytes + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES};
  }

  /** The kernel hands places out in batches, and keeps what is left of the last. */
  private static int capacity(int nr) {
    int batch = Math.max(1, (nr - 1) / (4 * Runtime.getRuntime().availableProcessors()));
    return (nr - 1) / batch * batch;
  }

  private static long freeAddress(int bytes) throws IOException {
    try (PrivateMemory free = new PrivateMemory(bytes)) {
      return free.address();
    }
  }

  private static AioRing ring(long address, int nr, int head, int tail, int bytes) {
    ByteBuffer content = ForeignMemory.layout(bytes);
    content.putInt(0, 99).putInt(AioRing.NR, nr);
    content.putInt(AioRing.HEAD, head).putInt(AioRing.TAIL, tail).putInt(16, MAGIC);
    for (int i = 0; i < nr; i++) {
      int event = AioRing.HEADER_BYTES + i * AioRing.EVENT_BYTES;
      content.putLong(event, 1_000_000L + i).putLong(event + 16, i);
    }
    return new AioRing(address, content.array());
  }

  private void takeOutAll(AioRing ring, int count) throws IOException {
    NativeBuffer events = new NativeBuffer((count + 1) * AioRing.EVENT_BYTES);
    long got = 0;
    while (got < count) {
      long more =
          OWN.call(
              SyscallNumbers.IO_GETEVENTS,
              ring.address(),
              0,
              count - got,
              events.address() + got * AioRing.EVENT_BYTES,
              noTime.address());
      assertThat(more).isPositive();
      got += more;
    }
    for (int i = 0; i < count; i++) {
      int place = (ring.head() + i) % ring.nr();
      long data = events.getLong(i * AioRing.EVENT_BYTES);
      long result = events.getLong(i * AioRing.EVENT_BYTES + 16);
      if (data != 1_000_000L + place || result != place) {
        throw new AssertionError("event " + i + " of " + count + ": " + data + ", " + result);
      }
    }
    assertThat(getEvents(ring.address(), 1, events)).isZero();
  }

  private long getEvents(long address, int most, NativeBuffer events) throws IOException {
    return OWN.call(
        SyscallNumbers.IO_GETEVENTS, address, 0, most, events.address(), noTime.address());
  }

  /**
   * More requests than a small one has places, each with a result of its own: one byte into
   * /dev/null.
   */
  private void usesOn(long address, int nr) throws IOException {
    NativeBuffer path =
        new NativeBuffer(16)
            .putBytes(0, "/dev/null".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
    long fd = OWN.call(SyscallNumbers.OPEN, path.address(), 1, 0);
    NativeBuffer request = new NativeBuffer(64);
    request.putShort(16, (short) 1).putInt(20, (int) fd).putLong(24, request.address());
    NativeBuffer pointer = new NativeBuffer(8).putLong(0, request.address());
    NativeBuffer event = new NativeBuffer(AioRing.EVENT_BYTES);
    for (int i = 0; i < Math.min(nr + 3, 300); i++) {
      request.putLong(0, 7_000_000L + i).putLong(32, 1 + i % 50);
      assertThat(OWN.call(SyscallNumbers.IO_SUBMIT, address, 1, pointer.address())).isOne();
      assertThat(getEvents(address, 1, event)).isOne();
      assertThat(event.getLong(0)).isEqualTo(7_000_000L + i);
      assertThat(event.getLong(16)).isEqualTo(1 + i % 50);
    }
    OWN.call(SyscallNumbers.CLOSE, fd);
  }
}
