package io.criulazy.client.restore.files;

import io.criulazy.client.sys.SyscallNumbers;
import io.criulazy.proto.image.files.Memfd;
import java.io.IOException;

/** Open memfds. */
final class Memfds {
  private static final int O_CREATION = 0x2C0; // O_CREAT | O_EXCL | O_TRUNC
  private static final int SEEK_SET = 0;

  private Memfds() {}

  static void plan(Plan plan, MemfdStore store, OpenFile file, Memfd memfd) {
    String cause = store.cause(memfd);
    if (cause == null) {
      plan.add(husks -> make(husks, store, file, memfd));
    } else {
      plan.refuse(file, cause);
    }
  }

  private static void make(Husks husks, MemfdStore store, OpenFile file, Memfd memfd)
      throws IOException {
    Husk husk = husks.maker(file);
    int fd = husk.open(store.path(memfd.id()), memfd.flags() & ~O_CREATION);
    husk.must("lseek in a memfd", SyscallNumbers.LSEEK, fd, memfd.position(), SEEK_SET);
    husk.setStatus(fd, memfd.flags());
    husks.place(file, husk, fd, memfd.owner());
  }
}
