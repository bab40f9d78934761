package io.criulazy.client.source;

/** Hears that pages have come which a {@link PageSource} had announced as coming. */
public interface ArrivalListener {
  /**
   * Pages that were looked up with that urgency are here now, or will never be: look again. Called
   * on threads of the source, with locks of the source held: must not wait or call the source.
   */
  void arrived(Urgency urgency);
}
