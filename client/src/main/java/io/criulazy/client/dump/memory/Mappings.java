package io.criulazy.client.dump.memory;

import io.criulazy.client.dump.Refusals;
import io.criulazy.client.dump.files.FileTable;
import io.criulazy.client.dump.proc.FileStatus;
import io.criulazy.client.dump.proc.ProcFile;
import io.criulazy.client.dump.proc.Smap;
import io.criulazy.client.sys.PagemapScan;
import io.criulazy.proto.image.VmaStatus;
import io.criulazy.proto.image.memory.VmArea;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** Turns the mappings of a process into those of the images, or refuses them. */
public final class Mappings {
  /** How /proc names a mapping of an io_uring: rings are not the engine's matter. */
  public static final String IO_URING = "anon_inode:[io_uring]";

  private static final int MAP_SHARED = 1;
  private static final int MAP_PRIVATE = 2;
  private static final int MAP_ANONYMOUS = 0x20;
  private static final int MAP_GROWSDOWN = 0x100;
  private static final int MAP_LOCKED = 0x2000;
  private static final int MAP_NORESERVE = 0x4000;
  private static final int O_RDONLY = 0;
  private static final int O_RDWR = 2;
  private static final int F_SEAL_SEAL = 1;
  private static final String MEMFD = "/memfd:";
  private static final String SHARED_ANONYMOUS = "/dev/zero (deleted)";
  private static final String DELETED = " (deleted)";
  private static final String AIO = "/[aio]";

  private final int pid;
  private final FileTable files;
  private final SysvSegments segments;
  private final Refusals refusals;
  private final List<VmArea> areas = new ArrayList<>();

  private Mappings(int pid, FileTable files, SysvSegments segments, Refusals refusals) {
    this.pid = pid;
    this.files = files;
    this.segments = segments;
    this.refusals = refusals;
  }

  /** All of a process, ascending; ranges of guard pages (MADV_GUARD_INSTALL) come last. */
  public static List<VmArea> of(int pid, FileTable files, SysvSegments segments, Refusals refusals)
      throws IOException {
    Mappings mappings = new Mappings(pid, files, segments, refusals);
    try (PagemapScan scan = new PagemapScan(pid)) {
      List<VmArea> guards = new ArrayList<>();
      for (Smap map : Smap.all(pid)) {
        mappings.add(map);
        if (!map.name().startsWith("[v")) {
          scan.guards(map.start(), map.end(), (start, end) -> guards.add(guard(start, end)));
        }
      }
      segments.checkWhole(mappings.areas, pid);
      mappings.areas.addAll(guards);
    }
    return mappings.areas;
  }

  /** As criu 4.2 has them: older ones refuse images with them, for they are not in order. */
  private static VmArea guard(long start, long end) {
    return new VmArea(
        start, end, 0, 0, 0, 0, VmaStatus.GUARD, -1, OptionalLong.empty(), OptionalInt.empty());
  }

  private void add(Smap map) throws IOException {
    if (map.name().equals(IO_URING)) {
      return;
    }
    String unknown = unknown(map);
    if (unknown != null) {
      refusals.add("%s of process %d %s".formatted(map, pid, unknown));
    } else if (map.name().startsWith("[vvar")) {
      addVvar(map);
    } else if (map.name().startsWith(AIO)) {
      addAioRing(map);
    } else if (SysvSegments.isOne(map)) {
      segments.add(map, pid);
      areas.add(ofSegment(map));
    } else if (map.inode() != 0) {
      areas.add(ofFile(map));
    } else {
      areas.add(
          area(map, MAP_PRIVATE | MAP_ANONYMOUS, anonymousStatus(map), 0, OptionalInt.empty()));
    }
  }

  /** Why a mapping can't be dumped, or null. */
  private static String unknown(Smap map) {
    if (map.flags().contains("ht")) {
      return "is of huge pages of hugetlbfs";
    }
    if (map.flags().contains("um") || map.flags().contains("uw") || map.flags().contains("ui")) {
      return "is registered with a userfaultfd";
    }
    if (map.flags().contains("ss")) {
      return "is a shadow stack";
    }
    if (map.flags().contains("dp")) {
      return "is droppable memory";
    }
    if (map.name().equals("[uprobes]") || map.name().equals("/secretmem (deleted)")) {
      return "can't be read";
    }
    boolean kernels = map.name().startsWith("[v");
    boolean device = map.flags().contains("io") || map.flags().contains("pf");
    return device && !kernels ? "is memory of a device" : null;
  }

  /**
   * Who has it from a fork has no context: it can't be used there, and goes on with the parent's.
   */
  private void addAioRing(Smap map) {
    if (files.isFirstToMap(map.inode())) {
      areas.add(area(map, MAP_SHARED, VmaStatus.AIO_RING, 0, OptionalInt.empty()));
    } else {
      refusals.add("%s of process %d is an AIO ring that a fork has left".formatted(map, pid));
    }
  }

  /** [vvar] and the [vvar_vclock] behind it are one mapping in images. */
  private void addVvar(Smap map) {
    VmArea last = areas.isEmpty() ? null : areas.get(areas.size() - 1);
    int status = VmaStatus.REGULAR | VmaStatus.VVAR | VmaStatus.ANON_PRIVATE;
    VmArea area = area(map, MAP_PRIVATE | MAP_ANONYMOUS, status, 0, OptionalInt.empty());
    if (last != null && last.status() == status && last.end() == map.start()) {
      areas.set(
          areas.size() - 1,
          new VmArea(
              last.start(),
              area.end(),
              0,
              0,
              area.prot(),
              area.flags(),
              status,
              -1,
              last.madv(),
              OptionalInt.empty()));
    } else {
      areas.add(area);
    }
  }

  private static int anonymousStatus(Smap map) {
    return switch (map.name()) {
      case "[vsyscall]" -> VmaStatus.VSYSCALL | VmaStatus.ANON_PRIVATE;
      case "[vdso]" -> VmaStatus.REGULAR | VmaStatus.VDSO | VmaStatus.ANON_PRIVATE;
      case "[heap]" -> VmaStatus.REGULAR | VmaStatus.HEAP | VmaStatus.ANON_PRIVATE;
      default -> VmaStatus.REGULAR | VmaStatus.ANON_PRIVATE;
    };
  }

  private static VmArea ofSegment(Smap map) {
    return area(
        map,
        MAP_SHARED | MAP_ANONYMOUS,
        VmaStatus.REGULAR | VmaStatus.ANON_SHARED | VmaStatus.SYSV_IPC,
        (int) map.inode(),
        OptionalInt.of(openFlags(map)));
  }

  private VmArea ofFile(Smap map) throws IOException {
    Path content = ProcFile.path(pid, map.link());
    String name = ProcFile.link(pid, map.link());
    FileStatus file = FileStatus.of(content);
    int status =
        VmaStatus.REGULAR | (map.isShared() ? VmaStatus.FILE_SHARED : VmaStatus.FILE_PRIVATE);
    int id;
    if (name.equals(SHARED_ANONYMOUS)) {
      id = files.unopenedMemory("/dev/zero", file, content, F_SEAL_SEAL);
      status |= VmaStatus.MEMFD;
    } else if (name.startsWith(MEMFD)) {
      id = files.unopenedMemory(memfdName(name), file, content, files.sealsOf(content));
      status |= VmaStatus.MEMFD;
    } else if (file.isRegular()) {
      id = files.unopened(name, file, "%s of process %d".formatted(map, pid));
    } else {
      refusals.add("%s of process %d is of a device".formatted(map, pid));
      id = 0;
    }
    return area(
        map, map.isShared() ? MAP_SHARED : MAP_PRIVATE, status, id, OptionalInt.of(openFlags(map)));
  }

  /** The name that was given to memfd_create(2). */
  public static String memfdName(String link) {
    return link.substring(MEMFD.length(), link.length() - DELETED.length());
  }

  /** A shared mapping that may become writable is of a file that was opened for writing. */
  private static int openFlags(Smap map) {
    return map.isShared() && map.flags().contains("mw") ? O_RDWR : O_RDONLY;
  }

  private static VmArea area(Smap map, int flags, int status, int shmid, OptionalInt fdFlags) {
    long advice = advice(map);
    return new VmArea(
        map.start(),
        map.end(),
        fdFlags.isPresent() ? map.offset() : 0,
        shmid,
        map.prot(),
        flags | moreFlags(map),
        status,
        -1,
        advice == 0 ? OptionalLong.empty() : OptionalLong.of(advice),
        fdFlags);
  }

  private static int moreFlags(Smap map) {
    return (map.flags().contains("gd") ? MAP_GROWSDOWN : 0)
        | (map.flags().contains("lo") ? MAP_LOCKED : 0)
        | (map.flags().contains("nr") ? MAP_NORESERVE : 0);
  }

  private static long advice(Smap map) {
    long advice = 0;
    for (Advice known : Advice.values()) {
      if (map.flags().contains(known.flag())) {
        advice |= 1L << known.number();
      }
    }
    return advice;
  }
}
