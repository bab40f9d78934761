package io.criulazy.client.restore.files;

import io.criulazy.client.sys.ForeignMemory;
import io.criulazy.client.sys.SyscallNumbers;
import io.criulazy.proto.image.files.SignalFd;
import java.io.IOException;

/** Signalfds: a mask, and signals of whoever reads. */
final class SignalFds {
  private SignalFds() {}

  static void plan(Plan plan, OpenFile file, SignalFd signals) {
    plan.add(husks -> make(husks, file, signals));
  }

  private static void make(Husks husks, OpenFile file, SignalFd signals) throws IOException {
    Husk husk = husks.maker(file);
    long mask = husk.put(ForeignMemory.layout(Long.BYTES).putLong(signals.mask()).array());
    int fd = husk.aside(husk.must("signalfd4", SyscallNumbers.SIGNALFD4, -1, mask, Long.BYTES, 0));
    husk.setStatus(fd, signals.flags());
    husks.place(file, husk, fd, signals.owner());
  }
}
