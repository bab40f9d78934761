package io.criulazy.client.fault;

import io.criulazy.client.sys.Epoll;
import io.criulazy.client.sys.EventFd;
import io.criulazy.client.sys.SysException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Waits for descriptors and calls what belongs to them. One thread runs it and owns all that it
 * watches; other threads only {@link #wake} it.
 */
public final class FaultLoop implements AutoCloseable {
  private static final int MAX_READY = 64;
  private static final long WAKE_TOKEN = -1;

  private final Epoll epoll = new Epoll(MAX_READY);
  private final EventFd wakeUp;

  /** By token; a freed place is null and used again. */
  private final List<Watched> watched = new ArrayList<>();

  public FaultLoop() throws SysException {
    wakeUp = new EventFd();
    epoll.add(wakeUp.fd(), WAKE_TOKEN);
  }

  /** Starts to watch. Loop thread only. */
  public void watch(Watched item) throws SysException {
    int token = watched.indexOf(null);
    if (token < 0) {
      token = watched.size();
      watched.add(null);
    }
    epoll.add(item.fd(), token);
    watched.set(token, item);
  }

  /** Stops to watch; the descriptor is still open. Loop thread only. */
  public void forget(Watched item) {
    int token = watched.indexOf(item);
    if (token >= 0) {
      epoll.remove(item.fd());
      watched.set(token, null);
    }
  }

  /** Makes the loop come out of {@link #runOnce}. Any thread. */
  public void wake() {
    wakeUp.signal();
  }

  /**
   * Waits for something to read, and has it read.
   *
   * @param timeoutMs the longest wait
   */
  public void runOnce(int timeoutMs) throws IOException {
    int ready = epoll.waitMs(timeoutMs);
    for (int i = 0; i < ready; i++) {
      long token = epoll.token(i);
      if (token == WAKE_TOKEN) {
        wakeUp.drain();
        continue;
      }
      Watched item = watched.get((int) token);
      if (item != null) {
        item.ready();
      }
    }
  }

  @Override
  public void close() {
    epoll.close();
    wakeUp.close();
  }
}
