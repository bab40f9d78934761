package io.criulazy.client.fault;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * What becomes of a process whose pages can't be had: the image can't be read or has been changed,
 * a checksum is wrong, the source has been gone for too long. Never does it get other bytes.
 *
 * <p>A source reports it by an answer that it has no such page, or by an IOException of {@link
 * io.criulazy.client.source.PageSource#verifyUnchanged}; everybody else by {@link
 * LazyProcess#lose}. Where waiting can't mend it ({@link LazyProcess#giveUp}) the process is
 * stopped under {@link #WAIT}, too.
 */
public enum LostPagePolicy {
  /**
   * It waits at its next missing page, and the source is asked again every second; the log and the
   * metrics say so for as long as it lasts.
   */
  WAIT,

  /** Missing pages are made unusable (UFFDIO_POISON, Linux 6.6): an access ends in SIGBUS. */
  POISON,

  /** It gets SIGKILL. */
  KILL;

  /** As it is written on command lines and in JSON. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The one that is written so, if there is one. */
  public static Optional<LostPagePolicy> of(String label) {
    return Arrays.stream(values()).filter(policy -> policy.label().equals(label)).findFirst();
  }
}
