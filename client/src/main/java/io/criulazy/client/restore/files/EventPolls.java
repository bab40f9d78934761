package io.criulazy.client.restore.files;

import io.criulazy.client.sys.ForeignMemory;
import io.criulazy.client.sys.SyscallNumbers;
import io.criulazy.proto.image.files.EventPoll;
import io.criulazy.proto.image.files.EventPollTarget;
import java.io.IOException;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * An epoll set, filled when all files are there, in a task that has them: the kernel keeps the
 * number of a descriptor with its file.
 *
 * <pre>
 * struct epoll_event { u32 events; u64 data; } packed;
 * </pre>
 */
final class EventPolls implements Making {
  private static final int ADD = 1;
  private static final int EVENT_BYTES = 12;

  private final OpenFile file;
  private final EventPoll poll;
  private final Slot slot;

  private EventPolls(OpenFile file, EventPoll poll, Slot slot) {
    this.file = file;
    this.poll = poll;
    this.slot = slot;
  }

  static void plan(Plan plan, FileImages images, OpenFile file, EventPoll poll) {
    Set<Integer> numbers = new HashSet<>();
    for (EventPollTarget target : poll.targets()) {
      if (!numbers.add(target.fd())) {
        plan.refuse(file, "an epoll set that has two files by the number " + target.fd());
        return;
      }
    }
    Optional<Slot> place =
        file.slots().stream().filter(slot -> images.hasAll(slot.pid(), numbers)).findFirst();
    if (place.isPresent()) {
      plan.add(new EventPolls(file, poll, place.get()));
    } else {
      plan.refuse(file, "an epoll set with a file that no task has by that number any more");
    }
  }

  @Override
  public void make(Husks husks) throws IOException {
    Husk husk = husks.maker(file);
    int fd = husk.aside(husk.must("epoll_create1", SyscallNumbers.EPOLL_CREATE1, 0));
    husk.setStatus(fd, poll.flags());
    husks.place(file, husk, fd, poll.owner());
  }

  @Override
  public void connect(Husks husks) throws IOException {
    Husk husk = husks.of(slot.pid());
    for (EventPollTarget target : poll.targets()) {
      byte[] event =
          ForeignMemory.layout(EVENT_BYTES).putInt(target.events()).putLong(target.data()).array();
      husk.must(
          "epoll_ctl(EPOLL_CTL_ADD) of fd " + target.fd(),
          SyscallNumbers.EPOLL_CTL,
          slot.fd(),
          ADD,
          target.fd(),
          husk.put(event));
    }
  }
}
