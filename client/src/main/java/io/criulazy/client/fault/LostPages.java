package io.criulazy.client.fault;

import io.criulazy.client.sys.KernelFeatures;
import io.criulazy.client.sys.RunningProcess;
import io.criulazy.client.sys.Uffd;
import java.io.IOException;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether the pages of one process can be had, and what is done as long as they can't: carries a
 * {@link LostPagePolicy} out. Thread-safe.
 */
public final class LostPages {
  private static final Logger LOG = LoggerFactory.getLogger(LostPages.class);
  private static final long NS_PER_SECOND = 1_000_000_000L;
  private static final long RETRY_NS = NS_PER_SECOND;
  private static final long LONGEST_ALARM_INTERVAL_NS = 300 * NS_PER_SECOND;

  /** What {@link Delivery} has to do about a page that is due. */
  enum Action {
    /** Deliver it: nothing is known to be lost. */
    DELIVER,
    /** Nothing: the process waits. */
    WAIT,
    /** Check the source again, and deliver it if that is good. */
    RETRY,
    /** Make it unusable. */
    POISON
  }

  private final LostPagePolicy policy;
  private final Optional<RunningProcess> process;
  private volatile Action action = Action.DELIVER;
  private volatile boolean stopped;
  private long sinceNs;
  private long retryNs;
  private long alarmNs;
  private long alarmIntervalNs;

  /**
   * @param process whose pages these are, as far as it is known: who is not known can't be killed
   */
  public LostPages(LostPagePolicy policy, Optional<RunningProcess> process) {
    this.policy = policy;
    this.process = process;
  }

  /**
   * Checks that a policy can be carried out here.
   *
   * @throws IOException if the kernel can't
   */
  public static void requirePossible(LostPagePolicy policy) throws IOException {
    if (policy == LostPagePolicy.POISON && !Poison.IS_THERE) {
      throw new IOException(
          "this kernel has no UFFDIO_POISON (Linux 6.6 has): lost pages can't be poisoned. Choose"
              + " --on-lost-page=wait or kill");
    }
  }

  /** Those of a process that this one has forked; its pid is not known. */
  LostPages ofChild() {
    return new LostPages(policy, Optional.empty());
  }

  /** Any thread; the answer {@link Action#RETRY} comes once a second. */
  Action action(long nowNs) {
    if (action != Action.WAIT || stopped) {
      return action;
    }
    synchronized (this) {
      if (nowNs - retryNs < 0) {
        return Action.WAIT;
      }
      retryNs = nowNs + RETRY_NS;
      return Action.RETRY;
    }
  }

  /** Whether pages can't be had now, or the process was stopped for it. */
  boolean isLost() {
    return action != Action.DELIVER;
  }

  /** Whether the process was stopped: it will never get its pages. */
  boolean isStopped() {
    return stopped;
  }

  /**
   * Pages can't be had.
   *
   * @param name the process's
   * @param duePages how many it has still to get
   */
  synchronized void lose(String name, String reason, long duePages) {
    if (policy == LostPagePolicy.WAIT) {
      waitAndAlarm(name, reason, duePages);
    } else {
      stop(name, reason, duePages);
    }
  }

  private void waitAndAlarm(String name, String reason, long duePages) {
    if (stopped) {
      return;
    }
    long nowNs = System.nanoTime();
    if (action == Action.DELIVER) {
      action = Action.WAIT;
      sinceNs = nowNs;
      retryNs = nowNs + RETRY_NS;
      alarmNs = nowNs;
      alarmIntervalNs = NS_PER_SECOND;
    }
    if (nowNs - alarmNs >= 0) {
      alarmNs = nowNs + alarmIntervalNs;
      alarmIntervalNs = Math.min(2 * alarmIntervalNs, LONGEST_ALARM_INTERVAL_NS);
      LOG.error(
          "process {}: {}. {} pages of it can't be had, for {} s now: it waits where it needs them."
              + " Put right what is wrong and it goes on, or kill it.",
          name,
          reason,
          duePages,
          (nowNs - sinceNs) / NS_PER_SECOND);
    }
  }

  /** The source was good again, and a page was delivered from it. */
  synchronized void found(String name) {
    if (action == Action.WAIT && !stopped) {
      action = Action.DELIVER;
      LOG.warn(
          "process {}: its pages can be had again, after {} s",
          name,
          (System.nanoTime() - sinceNs) / NS_PER_SECOND);
    }
  }

  /**
   * Pages can't be had and never will: the process is stopped, under whichever policy.
   *
   * @return whether this call has stopped it
   */
  synchronized boolean stop(String name, String reason, long duePages) {
    if (stopped) {
      return false;
    }
    stopped = true;
    boolean poisons = policy != LostPagePolicy.KILL && Poison.IS_THERE;
    if (!poisons && process.isPresent() && process.get().kill()) {
      action = Action.WAIT;
      LOG.error(
          "process {}: {}. KILLED it (pid {}): {} pages of it can't be had. Restore it again from"
              + " good images.",
          name,
          reason,
          process.get().pid(),
          duePages);
    } else if (Poison.IS_THERE) {
      action = Action.POISON;
      LOG.error(
          "process {}: {}. Its missing pages ({} of them) are made unusable: an access ends in"
              + " SIGBUS and not in wrong memory. Restore it again from good images.",
          name,
          reason,
          duePages);
    } else {
      action = Action.WAIT;
      LOG.error(
          "process {}: {}. It waits for ever where it needs one of {} pages: kill it. Restore it"
              + " again from good images.",
          name,
          reason,
          duePages);
    }
    return true;
  }

  /** Asked of the kernel once, when it matters. */
  private static final class Poison {
    static final boolean IS_THERE = KernelFeatures.probe().hasUffd(Uffd.FEATURE_POISON);
  }
}
