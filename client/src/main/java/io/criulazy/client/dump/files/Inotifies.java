package io.criulazy.client.dump.files;

import io.criulazy.client.dump.Refusals;
import io.criulazy.client.dump.proc.Descriptor;
import io.criulazy.client.sys.FileHandles;
import io.criulazy.client.sys.OpenedFile;
import io.criulazy.proto.image.files.FileHandle;
import io.criulazy.proto.image.files.FileOwner;
import io.criulazy.proto.image.files.FileRecord;
import io.criulazy.proto.image.files.Inotify;
import io.criulazy.proto.image.files.InotifyWatch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * inotify instances: their fdinfo tells what they watch, by the handles of the files. Of events
 * that wait the kernel tells nothing, and nobody can put them back.
 */
final class Inotifies {
  private static final Pattern WATCH =
      Pattern.compile(
          "inotify wd:([0-9a-f]+) ino:([0-9a-f]+) sdev:([0-9a-f]+) mask:([0-9a-f]+)"
              + " ignored_mask:([0-9a-f]+)"
              + "(?: fhandle-bytes:([0-9a-f]+) fhandle-type:([0-9a-f]+) f_handle:([0-9a-f]+))?");
  private static final int HEX = 16;
  private static final int POLLIN = 1;
  private static final int HANDLE_WORDS = 16;

  private final FileTable table;
  private final Refusals refusals;

  Inotifies(FileTable table, Refusals refusals) {
    this.table = table;
    this.refusals = refusals;
  }

  /** Adds one to the table; nothing if it is refused. */
  OptionalInt describe(Descriptor descriptor, OpenedFile file, FileOwner owner) throws IOException {
    if ((file.poll(POLLIN) & POLLIN) != 0) {
      refusals.add(descriptor + " has events that were not read yet, which images can't tell");
      return OptionalInt.empty();
    }
    List<InotifyWatch> watches = new ArrayList<>();
    for (String line : descriptor.info()) {
      Matcher text = WATCH.matcher(line);
      if (text.find()) {
        Optional<InotifyWatch> watch = watch(text);
        if (watch.isEmpty()) {
          refusals.add(descriptor + " watches a file that has no path");
          return OptionalInt.empty();
        }
        watches.add(watch.get());
      }
    }
    int flags = descriptor.flags();
    return OptionalInt.of(table.add(id -> FileRecord.of(new Inotify(id, flags, owner, watches))));
  }

  private static Optional<InotifyWatch> watch(Matcher text) throws IOException {
    if (text.group(8) == null) {
      return Optional.empty(); // a file system without handles
    }
    byte[] handle = HexFormat.of().parseHex(text.group(8));
    int type = number(text, 7);
    int device = number(text, 3);
    return FileHandles.path(device, type, handle)
        .map(
            path ->
                new InotifyWatch(
                    0,
                    Long.parseUnsignedLong(text.group(2), HEX),
                    number(text, 4),
                    number(text, 5),
                    device,
                    number(text, 1),
                    new FileHandle(
                        handle.length,
                        type,
                        words(handle),
                        Optional.of(path),
                        OptionalInt.empty())));
  }

  private static int number(Matcher text, int group) {
    return Integer.parseUnsignedInt(text.group(group), HEX);
  }

  private static List<Long> words(byte[] handle) {
    ByteBuffer bytes =
        ByteBuffer.wrap(Arrays.copyOf(handle, HANDLE_WORDS * Long.BYTES))
            .order(ByteOrder.LITTLE_ENDIAN);
    List<Long> words = new ArrayList<>();
    while (bytes.hasRemaining()) {
      words.add(bytes.getLong());
    }
    return words;
  }
}
