package io.criulazy.client.inspect;

import io.criulazy.client.rings.RingReport;
import io.criulazy.proto.image.FileTable;
import io.criulazy.proto.image.ImageDirectory;
import io.criulazy.proto.image.ImageTask;
import io.criulazy.proto.image.IoUringImage;
import io.criulazy.proto.image.MemoryMap;
import io.criulazy.proto.image.MmEntry;
import io.criulazy.proto.image.PagemapReader;
import io.criulazy.proto.image.Vma;
import io.criulazy.proto.image.VmaStatus;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.OptionalInt;
import java.util.stream.Collectors;

/** Looks into a directory of images. */
public final class ImageInspector {
  private static final int FILE_BITS =
      VmaStatus.FILE_PRIVATE | VmaStatus.FILE_SHARED | VmaStatus.MEMFD;

  private final ImageDirectory images;
  private final FileTable files;

  private ImageInspector(Path directory) throws IOException {
    images = ImageDirectory.open(directory);
    files = images.files();
  }

  /**
   * Reads everything but the pages.
   *
   * @param directory as given to {@code criu dump -D}
   * @param pid the one task to look at; empty for all
   * @throws java.nio.file.NoSuchFileException when an image is missing, with what to do
   * @throws io.criulazy.proto.image.ImageFormatException when one is damaged
   * @throws NoSuchElementException when no task has that pid; the message lists those there are
   */
  public static ImageInspection inspect(Path directory, OptionalInt pid) throws IOException {
    ImageInspector inspector = new ImageInspector(directory);
    List<ImageTask> tasks = select(directory, inspector.images.tasks(), pid);
    List<TaskInspection> inspected = new ArrayList<>();
    for (ImageTask task : tasks) {
      inspected.add(inspector.task(task));
    }
    return new ImageInspection(
        inspector.images.chain(), List.copyOf(inspected), inspector.sharedMemories());
  }

  private static List<ImageTask> select(Path directory, List<ImageTask> tasks, OptionalInt pid) {
    if (pid.isEmpty()) {
      return tasks;
    }
    List<ImageTask> selected = tasks.stream().filter(task -> task.pid() == pid.getAsInt()).toList();
    if (selected.isEmpty()) {
      throw new NoSuchElementException(
          "%s: no task with pid %d; there are %s"
              .formatted(
                  directory,
                  pid.getAsInt(),
                  tasks.stream()
                      .map(task -> task.pid() + " (" + task.comm() + ")")
                      .collect(Collectors.joining(", "))));
    }
    return selected;
  }

  private TaskInspection task(ImageTask task) throws IOException {
    Fragmentation fragmentation = new Fragmentation();
    if (!task.state().hasMemory()) {
      return new TaskInspection(task, List.of(), fragmentation, List.of(), List.of(), null, 0);
    }
    MmEntry mm = images.mm(task.pid());
    List<Mapping> mappings = new ArrayList<>();
    for (Vma vma : MemoryMap.of(mm).vmas()) {
      mappings.add(new Mapping(vma, name(vma, mm)));
    }
    try (PagemapReader pagemap = images.pagemap(task.pid())) {
      PageWalk walk = new PageWalk(mappings);
      while (pagemap.next()) {
        fragmentation.add(pagemap.pages());
        walk.add(pagemap.vaddr(), pagemap.pages(), pagemap.flags());
      }
      return new TaskInspection(
          task,
          List.copyOf(mappings),
          fragmentation,
          mm.getAiosList(),
          ioUrings(task.pid()),
          pagesFile(pagemap),
          walk.strayPages());
    }
  }

  private List<RingReport> ioUrings(int pid) throws IOException {
    return IoUringImage.read(images.path(), pid).rings().stream()
        .map(ring -> RingReport.of(pid, ring))
        .toList();
  }

  private String name(Vma vma, MmEntry mm) {
    if (contains(vma, mm.getMmStartStack())) {
      return "[stack]";
    }
    String kind = "[" + vma.kind() + "]";
    return (vma.status() & FILE_BITS) == 0 ? kind : files.name(vma.shmid()).orElse(kind);
  }

  private static boolean contains(Vma vma, long address) {
    return Long.compareUnsigned(vma.start(), address) <= 0
        && Long.compareUnsigned(address, vma.end()) < 0;
  }

  private List<SharedMemory> sharedMemories() throws IOException {
    List<SharedMemory> memories = new ArrayList<>();
    for (long id : images.shmemIds()) {
      Fragmentation fragmentation = new Fragmentation();
      try (PagemapReader pagemap = images.shmemPagemap(id)) {
        pagemap.forEach((vaddr, pages, flags) -> fragmentation.add(pages));
        memories.add(new SharedMemory(id, fragmentation, pagesFile(pagemap)));
      }
    }
    return List.copyOf(memories);
  }

  /** After the last entry has been read. */
  private PagesFileState pagesFile(PagemapReader pagemap) throws IOException {
    return PagesFileState.of(
        images, pagemap.pagesId(), pagemap.presentPages() * PagemapReader.PAGE_BYTES);
  }
}
