package io.criulazy.client.engine;

import java.io.IOException;
import java.util.List;

/**
 * Something that can dump, or restore, a process tree; which of the two is decided by the type of
 * the request.
 *
 * @param <R> what it is asked for
 */
public interface Engine<R> {

  /** What {@code --engine} calls it: {@code criu}, {@code native}. */
  String name();

  /**
   * Everything in the request that it does not cover, found without changing anything; empty: it
   * covers it completely. io_uring instances are not its matter: they are gone while it dumps, and
   * put back when it has restored.
   *
   * @return one clause each: what, on what ({@code process 42 has a seccomp filter})
   * @throws IOException if it can't be found out
   */
  List<String> refusals(R request) throws IOException;
}
