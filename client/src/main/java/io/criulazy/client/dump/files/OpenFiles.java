package io.criulazy.client.dump.files;

import io.criulazy.client.dump.Refusals;
import io.criulazy.client.dump.proc.Descriptor;
import io.criulazy.client.dump.proc.FileStatus;
import io.criulazy.client.sys.ForeignFiles;
import io.criulazy.client.sys.Kcmp;
import io.criulazy.client.sys.OpenedFile;
import io.criulazy.proto.image.files.FdInfo;
import io.criulazy.proto.image.files.FileOwner;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The open files of all processes of a dump: descriptors that share an open file description, by
 * dup or fork, get one id. One thread.
 */
public final class OpenFiles {
  /** How /proc names an io_uring: rings are not the engine's matter. */
  private static final String IO_URING = "anon_inode:[io_uring]";

  /** One open file description. */
  private record Description(Descriptor first, int id, int type) {}

  private record Inode(long device, long number) {}

  private final FileTable table;
  private final Refusals refusals;
  private final Pipes pipes;
  private final EventFiles events;
  private final Inotifies inotifies;
  private final PathFiles paths;
  private final Sockets sockets;
  private final FileLocks locks;
  private final Terminals terminals;
  private final Map<Inode, List<Description>> descriptions = new HashMap<>();

  /**
   * @param table gets the files
   * @param refusals gets what can't be dumped
   * @param withLocks whether locks on files are to be taken along
   * @param shellJob whether terminals are those of who dumps and restores
   */
  public OpenFiles(FileTable table, Refusals refusals, boolean withLocks, boolean shellJob) {
    this.table = table;
    this.refusals = refusals;
    this.pipes = new Pipes(table, refusals);
    this.events = new EventFiles(table, refusals);
    this.inotifies = new Inotifies(table, refusals);
    this.paths = new PathFiles(table, refusals, pipes);
    this.sockets = new Sockets(table, refusals);
    this.terminals = new Terminals(table, refusals, shellJob);
    this.locks = new FileLocks(withLocks, refusals);
  }

  /** What pipes and fifos have in common: who holds their ends, and what they hold. */
  public Pipes pipes() {
    return pipes;
  }

  /** Sockets, who is connected to whom, and what they hold. */
  public Sockets sockets() {
    return sockets;
  }

  /** Those of them that are terminals. */
  public Terminals terminals() {
    return terminals;
  }

  /** Locks on them. */
  public FileLocks locks() {
    return locks;
  }

  /** The descriptors of a process. */
  public List<FdInfo> of(int pid) throws IOException {
    List<FdInfo> infos = new ArrayList<>();
    try (ForeignFiles files = new ForeignFiles(pid)) {
      for (Descriptor descriptor : Descriptor.all(pid)) {
        if (!descriptor.target().equals(IO_URING)) {
          describe(descriptor, files).ifPresent(infos::add);
        }
      }
    }
    return infos;
  }

  private Optional<FdInfo> describe(Descriptor descriptor, ForeignFiles files) throws IOException {
    Description description = known(descriptor);
    if (description == null) {
      description = make(descriptor, files);
    }
    if (description == null) {
      return Optional.empty();
    }
    locks.add(descriptor, description.id);
    return Optional.of(
        new FdInfo(
            description.id,
            descriptor.isCloseOnExec() ? 1 : 0,
            description.type,
            descriptor.number(),
            Optional.empty()));
  }

  private Description known(Descriptor descriptor) throws IOException {
    for (Description known : sameInode(descriptor.status())) {
      if (Kcmp.isSame(
          known.first.pid(),
          descriptor.pid(),
          Kcmp.FILE,
          known.first.number(),
          descriptor.number())) {
        return known;
      }
    }
    return null;
  }

  private List<Description> sameInode(FileStatus status) {
    return descriptions.computeIfAbsent(
        new Inode(status.device(), status.inode()), inode -> new ArrayList<>());
  }

  private Description make(Descriptor descriptor, ForeignFiles files) throws IOException {
    if (descriptor.target().startsWith("/")
        && !descriptor.target().startsWith("/memfd:")
        && !Terminals.isOne(descriptor.status())) {
      return remember(descriptor, paths.describe(descriptor, Optional.empty()));
    }
    try (OpenedFile file = new OpenedFile(files.take(descriptor.number()), descriptor.toString())) {
      return remember(descriptor, take(descriptor, file));
    }
  }

  private OptionalInt take(Descriptor descriptor, OpenedFile file) throws IOException {
    String target = descriptor.target();
    OpenedFile.Owner told = file.owner();
    FileOwner owner =
        new FileOwner(told.uid(), told.euid(), told.signal(), told.type(), told.pid());
    if (Terminals.isOne(descriptor.status())) {
      return terminals.describe(descriptor, file, owner);
    }
    if (target.startsWith("/memfd:")) {
      return paths.describe(descriptor, Optional.of(file));
    }
    if (target.startsWith("pipe:")) {
      return pipes.describe(descriptor, file, owner);
    }
    if (target.startsWith("socket:")) {
      return sockets.describe(descriptor, file, owner);
    }
    if (target.equals("anon_inode:inotify")) {
      return inotifies.describe(descriptor, file, owner);
    }
    if (target.startsWith("anon_inode:")) {
      return events.describe(descriptor, owner);
    }
    refusals.add(descriptor + " is of a kind that is not covered");
    return OptionalInt.empty();
  }

  private Description remember(Descriptor descriptor, OptionalInt id) {
    if (id.isEmpty()) {
      return null;
    }
    int type = table.typeOf(id.getAsInt());
    Description description = new Description(descriptor, id.getAsInt(), type);
    sameInode(descriptor.status()).add(description);
    return description;
  }
}
