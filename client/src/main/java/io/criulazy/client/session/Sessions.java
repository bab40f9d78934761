package io.criulazy.client.session;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.LongAdder;

/** The lazy restores that this process serves now, and how those before ended. Thread-safe. */
final class Sessions {
  private final List<LazyRestore> live = new CopyOnWriteArrayList<>();
  private final Map<RestoreState, LongAdder> ended = new EnumMap<>(RestoreState.class);

  Sessions() {
    for (RestoreState state : RestoreState.values()) {
      ended.put(state, new LongAdder());
    }
  }

  void began(LazyRestore restore) {
    live.add(restore);
  }

  void ended(LazyRestore restore, RestoreState last) {
    live.remove(restore);
    ended.get(last).increment();
  }

  /** Those that have not ended; a view that changes with them. */
  List<LazyRestore> live() {
    return live;
  }

  /** How many have ended in a state. */
  long countEnded(RestoreState state) {
    return ended.get(state).sum();
  }
}
