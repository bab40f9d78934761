package io.criulazy.client.restore;

import io.criulazy.client.restore.files.SharedContent;
import io.criulazy.client.sys.SysException;
import io.criulazy.client.sys.SyscallNumbers;
import io.criulazy.client.sys.SysvSharedMemory;
import io.criulazy.proto.image.memory.SysvAttachment;
import io.criulazy.proto.image.memory.SysvDescriptor;
import io.criulazy.proto.image.memory.SysvSegment;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * System V shared memory of a tree. The factory makes the segments with their ids and fills them;
 * each task attaches what it had. One that is marked for destruction goes with the last of them,
 * and so with the factory if the restore fails; the others are removed then.
 */
final class SysvSegments {
  private static final String NEXT_ID = "/proc/sys/kernel/shm_next_id";
  private static final int AT_FDCWD = -100;
  private static final int O_WRONLY = 1;
  private static final int IPC_RMID = 0;
  private static final int IPC_SET = 1;
  private static final int SHM_LOCK = 11;
  private static final int IPC_CREAT_EXCL = 03000;
  private static final int PERMISSIONS = 0777;
  private static final int SHM_RDONLY = 010000;
  private static final int SHM_EXEC = 0100000;
  private static final int UNCHANGED = -1;

  /** Another process may take the id between the two calls that it takes to have it. */
  private static final int ATTEMPTS = 10;

  private final SavedTree tree;
  private final List<Integer> lasting = new ArrayList<>();

  SysvSegments(SavedTree tree) {
    this.tree = tree;
  }

  /** How many bytes all of them take. */
  long totalBytes() {
    return tree.segments().stream().mapToLong(SysvSegment::mappedBytes).sum();
  }

  /** Makes all of them and attaches them in the factory, one behind the other. */
  void make(Workshop factory, long start) throws IOException {
    long address = start;
    for (SysvSegment segment : tree.segments()) {
      make(factory, segment, address);
      address += segment.mappedBytes();
    }
  }

  private void make(Workshop factory, SysvSegment segment, long address) throws IOException {
    int id = segment.id();
    String subject = "of shared memory segment " + id;
    create(factory, segment);
    if (!segment.isMarkedForDestruction()) {
      lasting.add(id);
    }
    factory.must("shmat " + subject, SyscallNumbers.SHMAT, id, address, 0);
    SysvDescriptor saved = segment.descriptor();
    long change =
        factory.put(SysvSharedMemory.change(saved.uid(), saved.gid(), saved.mode() & PERMISSIONS));
    factory.must("shmctl(IPC_SET) " + subject, SyscallNumbers.SHMCTL, id, IPC_SET, change);
    if (segment.isLocked()) {
      factory.must("shmctl(SHM_LOCK) " + subject, SyscallNumbers.SHMCTL, id, SHM_LOCK, 0);
    }
    if (segment.isMarkedForDestruction()) {
      factory.must("shmctl(IPC_RMID) " + subject, SyscallNumbers.SHMCTL, id, IPC_RMID, 0);
    }
    SharedContent.read(
        tree.images(),
        id,
        segment.mappedBytes(),
        (offset, bytes) ->
            factory.thread().process().memory().write(address + offset, bytes.array()));
  }

  private static void create(Workshop factory, SysvSegment segment) throws IOException {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      int made = createSomewhere(factory, segment);
      if (made == segment.id()) {
        return;
      }
      factory.must("shmctl(IPC_RMID)", SyscallNumbers.SHMCTL, made, IPC_RMID, 0);
    }
    throw new IOException(
        "the shared memory segment %d can't be made: its id is in use (see ipcs -m)"
            .formatted(segment.id()));
  }

  /** Its creator is who calls: a task of other ids than root's had made it. */
  private static int createSomewhere(Workshop factory, SysvSegment segment) throws IOException {
    askForId(factory, segment.id());
    SysvDescriptor saved = segment.descriptor();
    boolean byOthers = saved.cuid() != 0 || saved.cgid() != 0;
    if (byOthers) {
      setEffectiveIds(factory, saved.cgid(), saved.cuid());
    }
    int made =
        (int)
            factory.must(
                "shmget of " + segment.size() + " bytes",
                SyscallNumbers.SHMGET,
                0,
                segment.size(),
                IPC_CREAT_EXCL | saved.mode() & PERMISSIONS);
    if (byOthers) {
      setEffectiveIds(factory, 0, 0);
    }
    return made;
  }

  private static void setEffectiveIds(Workshop factory, int gid, int uid) throws IOException {
    if (uid == 0) {
      factory.must("setresuid", SyscallNumbers.SETRESUID, UNCHANGED, uid, UNCHANGED);
    }
    factory.must("setresgid", SyscallNumbers.SETRESGID, UNCHANGED, gid, UNCHANGED);
    if (uid != 0) {
      factory.must("setresuid", SyscallNumbers.SETRESUID, UNCHANGED, uid, UNCHANGED);
    }
  }

  /** The next segment of the namespace gets it, if it is free. */
  private static void askForId(Workshop factory, int id) throws IOException {
    long fd =
        factory.must(
            "open of " + NEXT_ID,
            SyscallNumbers.OPENAT,
            AT_FDCWD,
            factory.put(NEXT_ID),
            O_WRONLY,
            0);
    byte[] text = Integer.toString(id).getBytes(StandardCharsets.US_ASCII);
    factory.must("write to " + NEXT_ID, SyscallNumbers.WRITE, fd, factory.put(text), text.length);
    factory.must("close", SyscallNumbers.CLOSE, fd);
  }

  /** Attaches what a task had; nothing is at the addresses. */
  static void attach(Workshop workshop, SavedTask task) throws IOException {
    for (SysvAttachment attachment : SysvAttachment.of(task.mm().areas())) {
      workshop.must(
          "shmat of shared memory segment " + attachment.shmid(),
          SyscallNumbers.SHMAT,
          attachment.shmid(),
          attachment.start(),
          (attachment.writable() ? 0 : SHM_RDONLY) | (attachment.executable() ? SHM_EXEC : 0));
    }
  }

  /** The restore has failed: nothing of it is to be left. */
  void removeAfter(Exception failure) {
    for (int id : lasting) {
      try {
        SysvSharedMemory.remove(id);
      } catch (SysException e) {
        failure.addSuppressed(e);
      }
    }
  }

  /** Why segments can't be made, or pieces of them not be attached: a clause each. */
  static List<String> refusals(SavedTree tree) throws SysException {
    List<String> causes = new ArrayList<>();
    List<Long> attached = new ArrayList<>();
    for (SavedTask task : tree.tasks()) {
      for (SysvAttachment attachment : SysvAttachment.of(task.mm().areas())) {
        attached.add(attachment.shmid());
        if (tree.segments().stream().noneMatch(one -> isOf(attachment, one))) {
          causes.add(
              "process %d has no more than a part of a shared memory segment at 0x%x"
                  .formatted(task.pid(), attachment.start()));
        }
      }
    }
    for (SysvSegment segment : tree.segments()) {
      String cause = cause(segment, attached);
      if (cause != null) {
        causes.add("the shared memory segment %d %s".formatted(segment.id(), cause));
      }
    }
    return causes;
  }

  private static boolean isOf(SysvAttachment attachment, SysvSegment segment) {
    return attachment.shmid() == segment.id() && attachment.isWhole(segment);
  }

  private static String cause(SysvSegment segment, List<Long> attached) throws SysException {
    if (segment.hugetlbFlag().isPresent()) {
      return "is of huge pages";
    }
    if (segment.descriptor().key() != 0) {
      return "has a key, by which others find it";
    }
    if (!segment.inPagemaps().orElse(false)) {
      return "has its pages in an image that is not read";
    }
    if (!attached.contains((long) segment.id())) {
      return "is attached by nobody";
    }
    return SysvSharedMemory.of(segment.id()).isPresent()
        ? "is there already, or another one of that id (see ipcs -m)"
        : null;
  }
}
