package io.criulazy.client.restore.files;

import io.criulazy.client.sys.ForeignMemory;
import io.criulazy.client.sys.SyscallNumbers;
import io.criulazy.proto.image.files.EventFd;
import java.io.IOException;

/** Eventfds with their counts. criu's images don't tell whether one was a semaphore; ours do. */
final class EventFds {
  private static final int EFD_SEMAPHORE = 1;

  private EventFds() {}

  static void plan(Plan plan, OpenFile file, EventFd event) {
    plan.add(husks -> make(husks, file, event));
  }

  private static void make(Husks husks, OpenFile file, EventFd event) throws IOException {
    Husk husk = husks.maker(file);
    int kind = event.semaphore().orElse(false) ? EFD_SEMAPHORE : 0;
    int fd = husk.aside(husk.must("eventfd2", SyscallNumbers.EVENTFD2, 0, kind));
    if (event.counter() != 0) {
      long count = husk.put(ForeignMemory.layout(Long.BYTES).putLong(event.counter()).array());
      husk.must("write to an eventfd", SyscallNumbers.WRITE, fd, count, Long.BYTES);
    }
    husk.setStatus(fd, event.flags());
    husks.place(file, husk, fd, event.owner());
  }
}
