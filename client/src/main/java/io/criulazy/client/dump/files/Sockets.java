package io.criulazy.client.dump.files;

import io.criulazy.client.dump.Refusals;
import io.criulazy.client.dump.proc.Descriptor;
import io.criulazy.client.sys.OpenedFile;
import io.criulazy.client.sys.SocketOption;
import io.criulazy.proto.image.files.FileOwner;
import io.criulazy.proto.image.files.SocketBytes;
import java.io.IOException;
import java.util.List;
import java.util.OptionalInt;

/** Sockets, by their families. */
public final class Sockets {
  private static final int AF_UNIX = 1;

  private final Refusals refusals;
  private final InetFiles inet;
  private final UnixFiles unix;

  Sockets(FileTable table, Refusals refusals) {
    this.refusals = refusals;
    this.inet = new InetFiles(table, refusals);
    this.unix = new UnixFiles(table, refusals);
  }

  /** Adds a socket to the table; nothing if it is refused. */
  OptionalInt describe(Descriptor descriptor, OpenedFile file, FileOwner owner) throws IOException {
    int family = file.option(SocketOption.SOL_SOCKET, SocketOption.DOMAIN);
    if (family == AF_UNIX) {
      return unix.describe(descriptor, file, owner);
    }
    if (family == InetFiles.AF_INET || family == InetFiles.AF_INET6) {
      return inet.describe(descriptor, file, owner, family);
    }
    refusals.add(descriptor + " is a socket of family " + family);
    return OptionalInt.empty();
  }

  /** Refuses sockets that are connected out of the tree, when all processes have been looked at. */
  public void checkPeers() {
    unix.checkPeers();
  }

  /** What unix sockets hold; the processes are stopped. */
  public List<SocketBytes> queues() throws IOException {
    return unix.queues();
  }
}
