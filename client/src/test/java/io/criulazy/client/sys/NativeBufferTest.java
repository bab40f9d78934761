package io.criulazy.client.sys;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.ref.WeakReference;
import org.junit.jupiter.api.Test;

/** A buffer lives as long as a system call may use it, and no longer. */
class NativeBufferTest {
  private static final int COLLECTIONS = 200;

  @Test
  void isHeldUntilTheNextCallHasReturned() throws InterruptedException {
    WeakReference<NativeBuffer> buffer = takeAddress();
    System.gc();
    assertThat(buffer.get()).isNotNull();
    LibC.call(SyscallNumbers.SCHED_YIELD, 0);
    awaitCollected(buffer);
  }

  private static WeakReference<NativeBuffer> takeAddress() {
    NativeBuffer buffer = new NativeBuffer(16);
    assertThat(buffer.address() % 16).isZero();
    return new WeakReference<>(buffer);
  }

  private static void awaitCollected(WeakReference<NativeBuffer> buffer)
      throws InterruptedException {
    for (int i = 0; i < COLLECTIONS && buffer.get() != null; i++) {
      System.gc();
      Thread.sleep(5);
    }
    assertThat(buffer.get()).isNull();
  }
}
