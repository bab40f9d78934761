package io.criulazy.client.dump.files;

import io.criulazy.client.dump.Refusals;
import io.criulazy.client.dump.memory.Mappings;
import io.criulazy.client.dump.proc.Descriptor;
import io.criulazy.client.dump.proc.FileStatus;
import io.criulazy.client.dump.proc.ProcFile;
import io.criulazy.client.sys.OpenedFile;
import io.criulazy.proto.image.files.Fifo;
import io.criulazy.proto.image.files.FileRecord;
import io.criulazy.proto.image.files.Memfd;
import java.io.IOException;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/** Files that have a name: regular ones, directories, devices, fifos, and memfds. */
final class PathFiles {
  private static final int O_PATH = 010000000;
  private static final int MEMORY_DEVICES = 1;

  /** null, zero, full, random, urandom. */
  private static final Set<Integer> HARMLESS = Set.of(3, 5, 7, 8, 9);

  private final FileTable table;
  private final Refusals refusals;
  private final Pipes pipes;

  PathFiles(FileTable table, Refusals refusals, Pipes pipes) {
    this.table = table;
    this.refusals = refusals;
    this.pipes = pipes;
  }

  /** Adds a file to the table; nothing if it is refused. */
  OptionalInt describe(Descriptor descriptor, Optional<OpenedFile> taken) throws IOException {
    if (taken.isPresent()) {
      return OptionalInt.of(memfd(descriptor, taken.get()));
    }
    FileStatus status = descriptor.status();
    if (status.isCharacterDevice() && !isHarmless(status)) {
      refusals.add(descriptor + " is a device");
      return OptionalInt.empty();
    }
    if ((descriptor.flags() & O_PATH) != 0 && !status.isRegular() && !status.isDirectory()) {
      refusals.add(descriptor + " is no file or directory and was opened with O_PATH");
      return OptionalInt.empty();
    }
    if (!status.isRegular()
        && !status.isDirectory()
        && !status.isFifo()
        && !status.isCharacterDevice()) {
      refusals.add(descriptor + " is of a kind that is not covered");
      return OptionalInt.empty();
    }
    table.requireReachable(descriptor.target(), status, descriptor.toString());
    int flags = descriptor.flags();
    long position = descriptor.position();
    int id =
        table.add(
            number ->
                FileRecord.of(
                    FileTable.regular(number, descriptor.target(), flags, position, status)));
    return OptionalInt.of(status.isFifo() ? fifo(descriptor, id) : id);
  }

  private int fifo(Descriptor descriptor, int pathId) throws IOException {
    pipes.addFifo(descriptor);
    return table.add(
        number ->
            FileRecord.of(
                new Fifo(number, (int) descriptor.status().inode(), OptionalInt.of(pathId))));
  }

  private int memfd(Descriptor descriptor, OpenedFile file) throws IOException {
    int inode =
        table
            .memories()
            .inodeOf(
                Mappings.memfdName(descriptor.target()),
                descriptor.status(),
                ProcFile.path(descriptor.pid(), "fd/" + descriptor.number()),
                file.seals());
    int flags = descriptor.flags();
    long position = descriptor.position();
    return table.add(
        number -> FileRecord.of(new Memfd(number, flags, position, FileTable.NO_OWNER, inode)));
  }

  private static boolean isHarmless(FileStatus status) {
    return status.major() == MEMORY_DEVICES && HARMLESS.contains(status.minor());
  }
}
