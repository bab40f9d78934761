package io.criulazy.client.session;

import java.util.Locale;

/** How a lazy restore stands. */
public enum RestoreState {
  /** The socket is there; no restore has come. */
  LISTENING,
  /** A restore is under way: its tasks' faults are answered. */
  RESTORING,
  /** The tree is up; the rest is being delivered. */
  FILLING,
  /** The restore has failed; what it left of processes may not run on with missing memory. */
  ABORTED,
  /** All memory is in place, or the processes have exited. */
  COMPLETE,
  /** The restore itself failed, or pages of its processes could not be had; see the log. */
  FAILED,
  /** Asked to end before a restore came. */
  CANCELLED;

  /** Whether nothing follows. */
  public boolean isLast() {
    return this == COMPLETE || this == FAILED || this == CANCELLED;
  }

  /** As it is written in metrics and in JSON. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
