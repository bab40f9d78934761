package io.criulazy.client.dump.files;

import io.criulazy.client.dump.Refusals;
import io.criulazy.client.dump.proc.Descriptor;
import io.criulazy.client.sys.Kcmp;
import io.criulazy.proto.image.files.EventFd;
import io.criulazy.proto.image.files.EventPoll;
import io.criulazy.proto.image.files.EventPollTarget;
import io.criulazy.proto.image.files.FileOwner;
import io.criulazy.proto.image.files.FileRecord;
import io.criulazy.proto.image.files.SignalFd;
import io.criulazy.proto.image.files.TimerFd;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** eventfd, epoll, signalfd and timerfd: their fdinfo tells all of them. */
final class EventFiles {
  private static final Pattern EPOLL_TARGET =
      Pattern.compile(
          "tfd: +(\\d+) events: +([0-9a-f]+) data: +([0-9a-f]+) +pos:(\\d+) ino:([0-9a-f]+) sdev:([0-9a-f]+)");
  private static final Pattern TIME = Pattern.compile("\\((\\d+), (\\d+)\\)");
  private static final int HEX = 16;

  private final FileTable table;
  private final Refusals refusals;

  EventFiles(FileTable table, Refusals refusals) {
    this.table = table;
    this.refusals = refusals;
  }

  /** Adds a file to the table; nothing if it is refused. */
  OptionalInt describe(Descriptor descriptor, FileOwner owner) throws IOException {
    int flags = descriptor.flags();
    return switch (descriptor.target().substring("anon_inode:".length())) {
      case "[eventfd]" -> OptionalInt.of(eventFd(descriptor, flags, owner));
      case "[eventpoll]" -> OptionalInt.of(eventPoll(descriptor, flags, owner));
      case "[signalfd]" -> OptionalInt.of(signalFd(descriptor, flags, owner));
      case "[timerfd]" -> OptionalInt.of(timerFd(descriptor, flags, owner));
      default -> {
        refusals.add(descriptor + " is of a kind that is not covered");
        yield OptionalInt.empty();
      }
    };
  }

  private int eventFd(Descriptor descriptor, int flags, FileOwner owner) throws IOException {
    // Linux before 6.5 does not tell.
    boolean isSemaphore =
        descriptor.has("eventfd-semaphore") && !descriptor.value("eventfd-semaphore").equals("0");
    Optional<Boolean> semaphore = isSemaphore ? Optional.of(true) : Optional.empty();
    long counter = Long.parseUnsignedLong(descriptor.value("eventfd-count"), HEX);
    return table.add(id -> FileRecord.of(new EventFd(id, flags, owner, counter, semaphore)));
  }

  private int signalFd(Descriptor descriptor, int flags, FileOwner owner) throws IOException {
    long mask = Long.parseUnsignedLong(descriptor.value("sigmask"), HEX);
    return table.add(id -> FileRecord.of(new SignalFd(id, flags, owner, mask)));
  }

  private int timerFd(Descriptor descriptor, int flags, FileOwner owner) throws IOException {
    long[] value = time(descriptor.value("it_value"));
    long[] interval = time(descriptor.value("it_interval"));
    int clock = Integer.parseInt(descriptor.value("clockid"));
    long ticks = Long.parseUnsignedLong(descriptor.value("ticks"));
    // The kernel starts the next period when somebody reads; criu takes no time left for no timer.
    long[] left = ticks != 0 && value[0] == 0 && value[1] == 0 ? interval : value;
    int settime = Integer.parseInt(descriptor.value("settime flags"), 8);
    return table.add(
        id ->
            FileRecord.of(
                new TimerFd(
                    id,
                    flags,
                    owner,
                    clock,
                    ticks,
                    settime,
                    left[0],
                    left[1],
                    interval[0],
                    interval[1])));
  }

  private static long[] time(String text) throws IOException {
    Matcher time = TIME.matcher(text);
    if (!time.find()) {
      throw new IOException("\"" + text + "\" is no time");
    }
    return new long[] {Long.parseLong(time.group(1)), Long.parseLong(time.group(2))};
  }

  private int eventPoll(Descriptor descriptor, int flags, FileOwner owner) throws IOException {
    List<EventPollTarget> targets = new ArrayList<>();
    List<Integer> numbers = new ArrayList<>();
    for (String line : descriptor.info()) {
      Matcher target = EPOLL_TARGET.matcher(line);
      if (target.find()) {
        targets.add(target(target));
        numbers.add(Integer.valueOf(target.group(1)));
      }
    }
    checkSameFiles(descriptor, numbers);
    return table.add(id -> FileRecord.of(new EventPoll(id, flags, owner, targets)));
  }

  private static EventPollTarget target(Matcher target) {
    return new EventPollTarget(
        0,
        Integer.parseInt(target.group(1)),
        Integer.parseUnsignedInt(target.group(2), HEX),
        Long.parseUnsignedLong(target.group(3), HEX),
        OptionalInt.of(Integer.parseUnsignedInt(target.group(6), HEX)),
        OptionalLong.of(Long.parseUnsignedLong(target.group(5), HEX)),
        OptionalLong.of(Long.parseUnsignedLong(target.group(4))));
  }

  /** A set keeps files whose descriptors were closed or are others by now. */
  private void checkSameFiles(Descriptor set, List<Integer> numbers) {
    Map<Integer, Integer> seen = new HashMap<>();
    for (int number : numbers) {
      int occurrence = seen.merge(number, 1, Integer::sum) - 1;
      if (occurrence > 0 || !Kcmp.isEpollTarget(set.pid(), number, set.number(), occurrence)) {
        refusals.add(
            "%s watches a file that descriptor %d was and is no more".formatted(set, number));
      }
    }
  }
}
