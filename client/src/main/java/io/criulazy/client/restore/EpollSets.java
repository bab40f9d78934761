package io.criulazy.client.restore;

import io.criulazy.client.sys.ForeignMemory;
import io.criulazy.client.sys.SyscallNumbers;
import io.criulazy.proto.image.files.EventPoll;
import io.criulazy.proto.image.files.EventPollTarget;
import io.criulazy.proto.image.files.FdInfo;
import java.io.IOException;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * What epoll sets watch: put in where the descriptors have their numbers, for the kernel keeps the
 * number with the file.
 *
 * <pre>
 * struct epoll_event { u32 events; u64 data; } packed;
 * </pre>
 */
final class EpollSets {
  private static final int EPOLL_CTL_ADD = 1;
  private static final int EVENT_BYTES = 12;

  private EpollSets() {}

  static void fill(Workshop workshop, SavedTask task, SavedTree tree) throws IOException {
    Set<Integer> filled = new HashSet<>();
    for (FdInfo descriptor : task.descriptors()) {
      Optional<EventPoll> set = tree.file(descriptor.id()).eventPoll();
      if (set.isPresent() && filled.add(descriptor.id())) {
        for (EventPollTarget target : set.get().targets()) {
          add(workshop, descriptor.fd(), target);
        }
      }
    }
  }

  private static void add(Workshop workshop, int set, EventPollTarget target) throws IOException {
    byte[] event =
        ForeignMemory.layout(EVENT_BYTES).putInt(target.events()).putLong(target.data()).array();
    workshop.must(
        "epoll_ctl(EPOLL_CTL_ADD) of fd " + target.fd(),
        SyscallNumbers.EPOLL_CTL,
        set,
        EPOLL_CTL_ADD,
        target.fd(),
        workshop.put(event));
  }
}
