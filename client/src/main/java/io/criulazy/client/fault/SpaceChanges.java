package io.criulazy.client.fault;

import io.criulazy.client.source.PageSource;
import io.criulazy.client.sys.PageSize;
import io.criulazy.client.sys.Uffd;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries over into the model what the kernel reports of one process's address space. Guarded by
 * the process's {@link CopyGate}.
 */
final class SpaceChanges {
  private static final Logger LOG = LoggerFactory.getLogger(SpaceChanges.class);

  private final LazyProcess process;
  private final Uffd uffd;
  private final AddressSpace space;
  private final UnmapEchoes echoes = new UnmapEchoes();
  private int children;

  SpaceChanges(LazyProcess process, Uffd uffd, AddressSpace space) {
    this.process = process;
    this.uffd = uffd;
    this.space = space;
  }

  /** Applies one message; the words are its arguments. */
  void apply(UffdEvent event, long a, long b, long c, ForkListener forks) throws IOException {
    if (LOG.isDebugEnabled()) {
      LOG.debug("process {}: {} {} {} {}", process.name(), event, hex(a), hex(b), hex(c));
    }
    switch (event) {
      case FORK -> fork((int) a, forks);
      case REMAP -> remap(a, b, c);
      case REMOVE -> space.settle(a, b);
      case UNMAP -> unmap(a, b);
      case PAGEFAULT, UNKNOWN ->
          LOG.warn("process {}: unknown userfaultfd message {}", process.name(), event);
      default -> throw new IllegalStateException("unhandled " + event);
    }
  }

  private static String hex(long number) {
    return Long.toHexString(number);
  }

  private void fork(int childUffd, ForkListener forks) throws IOException {
    PageSource childSource = process.source().fork();
    AddressSpace childSpace = space.fork(childSource::settled);
    forks.forked(process, process.name() + "/" + ++children, childUffd, childSpace, childSource);
  }

  private void remap(long from, long to, long bytes) {
    space.remap(from, to, bytes);
    echoes.expect(from, from + bytes);
  }

  /**
   * UNMAP comes after the fact: by now something else may have been moved to the address. So a
   * segment that was moved to where it is stays if this UNMAP only repeats an earlier REMAP, and
   * the kernel confirms that something is registered there. What the kernel says is not enough: as
   * soon as the message is read the process goes on, and may grow a mapping to where it cut it off.
   */
  private void unmap(long start, long end) {
    boolean echo = echoes.take(start, end);
    int i = space.firstAfter(start);
    while (i < space.segmentCount() && space.start(i) < end) {
      long from = Math.max(start, space.start(i));
      long to = Math.min(end, space.end(i));
      if (echo && space.hasMoved(i) && uffd.isRegistered(from, PageSize.BYTES) != 0) {
        i++;
        continue;
      }
      space.unmap(from, to);
      i = space.firstAfter(to);
    }
  }
}
