package io.criulazy.proto.image;

import io.criulazy.proto.image.codec.MessageCodec;
import io.criulazy.proto.image.files.FdInfo;
import io.criulazy.proto.image.files.FileRecord;
import io.criulazy.proto.image.files.MemfdInode;
import io.criulazy.proto.image.files.PipeContent;
import io.criulazy.proto.image.files.SocketPacket;
import io.criulazy.proto.image.files.Terminal;
import io.criulazy.proto.image.memory.Mm;
import io.criulazy.proto.image.memory.SysvSegment;
import io.criulazy.proto.image.task.Core;
import io.criulazy.proto.image.task.FsContext;
import io.criulazy.proto.image.tree.Inventory;
import io.criulazy.proto.image.tree.KernelObjectIds;
import io.criulazy.proto.image.tree.TimeOffsets;
import io.criulazy.proto.image.tree.TreeTask;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/** Reads images of processes whole, and writes them again. */
final class WholeImages {
  static final Map<ImageType, Class<? extends Record>> RECORDS =
      Map.ofEntries(
          Map.entry(ImageType.INVENTORY, Inventory.class),
          Map.entry(ImageType.PSTREE, TreeTask.class),
          Map.entry(ImageType.CORE, Core.class),
          Map.entry(ImageType.MM, Mm.class),
          Map.entry(ImageType.FILES, FileRecord.class),
          Map.entry(ImageType.MEMFD, MemfdInode.class),
          Map.entry(ImageType.IPCNS_SHM, SysvSegment.class),
          Map.entry(ImageType.TTY_INFO, Terminal.class),
          Map.entry(ImageType.FDINFO, FdInfo.class),
          Map.entry(ImageType.FS, FsContext.class),
          Map.entry(ImageType.IDS, KernelObjectIds.class),
          Map.entry(ImageType.PIPES_DATA, PipeContent.class),
          Map.entry(ImageType.FIFO_DATA, PipeContent.class),
          Map.entry(ImageType.SK_QUEUES, SocketPacket.class),
          Map.entry(ImageType.TIMENS, TimeOffsets.class));

  private WholeImages() {}

  /** The image that comes out when an image is read and written. */
  static byte[] copy(Path file, byte[] image, ImageType type) throws IOException {
    ByteArrayOutputStream copy = new ByteArrayOutputStream();
    try (RecordReader reader = RecordReader.over(file, image, type);
        RecordWriter writer = RecordWriter.over(copy, type)) {
      MessageCodec<? extends Record> codec = MessageCodec.of(RECORDS.get(type));
      for (Record next = reader.next(codec); next != null; next = reader.next(codec)) {
        writer.write(next);
        if (next instanceof PipeContent pipe) {
          writer.bytes(reader.bytes(pipe.bytes()));
        } else if (next instanceof SocketPacket packet) {
          writer.bytes(reader.bytes(packet.length()));
        }
      }
    }
    return copy.toByteArray();
  }
}
