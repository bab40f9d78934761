package io.criulazy.client.restore;

import io.criulazy.client.restore.files.OpenFiles;
import io.criulazy.client.source.ImageSource;
import io.criulazy.client.sys.ForeignMemory;
import io.criulazy.proto.image.VmaStatus;
import io.criulazy.proto.image.files.FileRecord;
import io.criulazy.proto.image.memory.VmArea;
import io.criulazy.proto.image.task.Core;
import io.criulazy.proto.image.task.SegmentDescriptor;
import io.criulazy.proto.image.task.ThreadCore;
import io.criulazy.proto.image.tree.KernelObjectIds;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/** What of a tree the native engine does not cover: all causes, found before anything is made. */
final class Coverage {
  private static final int MAP_HUGETLB = 0x40000;

  private static final int REFUSED_AREAS =
      VmaStatus.SOCKET | VmaStatus.SHADOW_STACK | VmaStatus.UPROBES;

  private final SavedTree tree;
  private final NativeOptions options;
  private final Set<String> refusals = new LinkedHashSet<>();

  Coverage(SavedTree tree, NativeOptions options) {
    this.tree = tree;
    this.options = options;
  }

  /** One clause for each cause; none if all is covered. */
  List<String> refusals() throws IOException {
    options.unknown().forEach(option -> refuse("it does not know the option %s", option));
    try (OpenFiles files = OpenFiles.plan(tree.images(), options.inheritance())) {
      refusals.addAll(files.refusals());
    }
    checkImages();
    refusals.addAll(SysvSegments.refusals(tree));
    for (SavedTask task : tree.tasks()) {
      checkTask(task);
      checkMemory(task);
      checkPlace(task);
    }
    if (refusals.isEmpty()) {
      checkKernel();
    }
    return new ArrayList<>(refusals);
  }

  private void refuse(String format, Object... values) {
    refusals.add(format.formatted(values));
  }

  private void checkImages() throws IOException {
    refusals.addAll(UnreadImages.in(tree.images().directory()));
    if (!options.fileLocks() && !tree.records().fileLocks().isEmpty()) {
      refuse("there are file locks, which are taken again with --file-locks");
    }
    tree.unknown().forEach(clause -> refuse("%s, which it does not know", clause));
    tree.dead().forEach(dead -> refuse("task %d is a zombie", dead.pid()));
    if (tree.tasks().isEmpty()) {
      refuse("no task lives");
    }
  }

  private void checkTask(SavedTask task) {
    int pid = task.pid();
    if (task.core().machine() != Core.X86_64 || task.core().threadInfo().isEmpty()) {
      refuse("process %d ran on another kind of processor", pid);
    }
    for (Core thread : task.threads().values()) {
      thread.thread().ifPresent(core -> checkThread(pid, core));
      thread
          .threadInfo()
          .filter(info -> info.generalRegisters().mode().orElse(1) != 1)
          .ifPresent(info -> refuse("process %d is a 32-bit program", pid));
      thread
          .threadInfo()
          .filter(info -> !info.tls().stream().allMatch(SegmentDescriptor::segNotPresent))
          .ifPresent(info -> refuse("process %d has segments of set_thread_area", pid));
    }
    tree.inventory().rootIds().ifPresent(root -> checkNamespaces(pid, task.ids(), root));
    checkSharing(task);
    checkSession(task);
  }

  /** A session or group whose leader is gone, or that a task has from before its parent's. */
  private void checkSession(SavedTask task) {
    int pid = task.pid();
    int sid = task.task().sid();
    if (!tree.hasTask(sid) && !options.shellJob()) {
      refuse("the leader of session %d, of process %d, is not in the tree", sid, pid);
    }
    if (!tree.hasTask(task.task().pgid()) && !options.shellJob()) {
      refuse("the leader of group %d, of process %d, is not in the tree", task.task().pgid(), pid);
    }
    for (SavedTask parent : tree.tasks()) {
      if (parent.pid() == task.task().ppid() && sid != pid && sid != parent.task().sid()) {
        refuse("process %d is in another session than its parent, and has not made it", pid);
      }
    }
  }

  private void checkThread(int pid, ThreadCore thread) {
    if (thread.seccompMode().orElse(0) != 0) {
      refuse("process %d has a seccomp filter", pid);
    }
    OptionalInt set = thread.cgSet();
    OptionalInt root = tree.inventory().rootCgSet();
    if (set.isPresent() && root.isPresent() && set.getAsInt() != root.getAsInt()) {
      refuse("process %d is in a control group of its own", pid);
    }
    thread
        .credentials()
        .flatMap(credentials -> credentials.lsmProfile())
        .filter(profile -> !profile.isEmpty())
        .ifPresent(profile -> refuse("process %d has the security profile %s", pid, profile));
  }

  private void checkNamespaces(int pid, KernelObjectIds ids, KernelObjectIds root) {
    checkNamespace(pid, "pid", ids.pidNsId(), root.pidNsId());
    checkNamespace(pid, "network", ids.netNsId(), root.netNsId());
    checkNamespace(pid, "ipc", ids.ipcNsId(), root.ipcNsId());
    checkNamespace(pid, "uts", ids.utsNsId(), root.utsNsId());
    checkNamespace(pid, "mount", ids.mntNsId(), root.mntNsId());
    checkNamespace(pid, "user", ids.userNsId(), root.userNsId());
    checkNamespace(pid, "cgroup", ids.cgroupNsId(), root.cgroupNsId());
  }

  private void checkNamespace(int pid, String kind, OptionalInt id, OptionalInt root) {
    if (id.isPresent() && root.isPresent() && id.getAsInt() != root.getAsInt()) {
      refuse("process %d has a %s namespace of its own", pid, kind);
    }
  }

  /** Two processes with one address space, table of files and so on. */
  private void checkSharing(SavedTask task) {
    for (SavedTask other : tree.tasks()) {
      if (other.pid() < task.pid()
          && (other.ids().vmId() == task.ids().vmId()
              || other.ids().filesId() == task.ids().filesId()
              || other.ids().fsId() == task.ids().fsId()
              || other.ids().sighandId() == task.ids().sighandId())) {
        refuse("processes %d and %d share kernel objects", other.pid(), task.pid());
      }
    }
  }

  private void checkMemory(SavedTask task) throws IOException {
    for (VmArea area : task.mm().areas()) {
      String place = "0x%x of process %d".formatted(area.start(), task.pid());
      if ((area.status() & REFUSED_AREAS) != 0) {
        refuse("the mapping at %s is of a kind that is not covered", place);
      }
      if ((area.status() & VmaStatus.AIO_RING) != 0) {
        checkAioRing(task, area);
      }
      if ((area.flags() & MAP_HUGETLB) != 0) {
        refuse("the mapping at %s is of huge pages", place);
      }
      if ((area.status() & (VmaStatus.FILE_PRIVATE | VmaStatus.FILE_SHARED)) != 0) {
        checkMappedFile(tree.file((int) area.shmid()));
      }
    }
    checkMappedFile(tree.file(task.mm().exeFileId()));
    if (KernelPages.of(task.mm().areas()).isEmpty()) {
      refuse("process %d has no vdso", task.pid());
    }
  }

  private void checkMappedFile(FileRecord file) throws IOException {
    if (file.memfd().isPresent()) {
      return;
    }
    if (file.regular().isEmpty()) {
      refuse("a mapped file is a %s", file.typeName());
    } else {
      new RegularFileCheck(file.regular().get()).wrong().ifPresent(refusals::add);
    }
  }

  private void checkPlace(SavedTask task) throws IOException {
    for (int id : List.of(task.fs().cwdId(), task.fs().rootId())) {
      FileRecord place = tree.file(id);
      if (place.regular().isEmpty()) {
        refuse("a directory of process %d is a %s", task.pid(), place.typeName());
      } else {
        new RegularFileCheck(place.regular().get()).wrong().ifPresent(refusals::add);
      }
    }
  }

  /** The task's vdso has addresses of functions in it that only the same kernel has there. */
  private void checkKernel() throws IOException {
    int own = (int) ProcessHandle.current().pid();
    KernelPages here = KernelPages.of(own);
    for (SavedTask task : tree.tasks()) {
      KernelPages saved = KernelPages.of(task.mm().areas());
      if (!here.isLaidOutAs(saved)
          || !Arrays.equals(here.codeBytes(new ForeignMemory(own)), codeBytes(task, saved))) {
        refuse("process %d has the vdso of another kernel", task.pid());
      }
    }
  }

  private byte[] codeBytes(SavedTask task, KernelPages saved) throws IOException {
    KernelPages.Part code = saved.code().orElseThrow();
    ImageSource source = new ImageSource(tree.images(), task.pid());
    return SavedPages.read(source, code.start(), (int) code.bytes());
  }

  /** Rings that fork has left in a child are no contexts. */
  private void checkAioRing(SavedTask task, VmArea area) throws IOException {
    boolean context = task.mm().aioRings().stream().anyMatch(ring -> ring.id() == area.start());
    try {
      if (context) {
        AioRings.saved(tree, task, area);
      }
    } catch (IllegalArgumentException e) {
      refuse("process %d: %s", task.pid(), e.getMessage());
    }
    if (!context) {
      refuse("the AIO ring at 0x%x of process %d is no context", area.start(), task.pid());
    }
  }
}
