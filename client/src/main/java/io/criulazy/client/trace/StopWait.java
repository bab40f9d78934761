package io.criulazy.client.trace;

import io.criulazy.client.sys.Errno;
import io.criulazy.client.sys.NativeBuffer;
import io.criulazy.client.sys.SysException;
import io.criulazy.client.sys.WaitStatus;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/**
 * Waits for the next stop of one thread, within a limit: it asks again and again, for a waiting
 * wait4 could not be ended. A system call takes microseconds, so the first asking is done quickly.
 */
final class StopWait {
  private static final int SPINS = 100;
  private static final int YIELDS = 1000;
  private static final long SHORT_PAUSE_NS = 50_000;
  private static final long LONG_PAUSE_NS = 1_000_000;
  private static final int SHORT_PAUSES = 2000;

  private final int tid;
  private final NativeBuffer buffer = new NativeBuffer(4);

  StopWait(int tid) {
    this.tid = tid;
  }

  /** What has become of the thread, or null if nothing has within the limit. */
  WaitStatus await(Duration limit) throws IOException {
    long startNs = 0;
    for (int asked = 0; ; asked++) {
      long result = WaitStatus.poll(tid, buffer);
      if (result > 0) {
        return WaitStatus.of(buffer);
      }
      if (result < 0 && result != -Errno.EINTR) {
        throw new SysException("wait4", "thread " + tid, result);
      }
      if (asked == SPINS) {
        startNs = System.nanoTime();
      }
      if (asked > SPINS && System.nanoTime() - startNs > limit.toNanos()) {
        return null;
      }
      pause(asked);
    }
  }

  private static void pause(int asked) {
    if (asked < SPINS) {
      Thread.onSpinWait();
    } else if (asked < YIELDS) {
      Thread.yield();
    } else {
      LockSupport.parkNanos(asked < SHORT_PAUSES ? SHORT_PAUSE_NS : LONG_PAUSE_NS);
    }
  }
}
