package io.criulazy.client.dump.files;

import io.criulazy.client.dump.Refusals;
import io.criulazy.client.dump.proc.Descriptor;
import io.criulazy.client.dump.proc.FileStatus;
import io.criulazy.client.dump.proc.ProcStat;
import io.criulazy.client.sys.NativeBuffer;
import io.criulazy.client.sys.OpenedFile;
import io.criulazy.proto.image.files.FileOwner;
import io.criulazy.proto.image.files.FileRecord;
import io.criulazy.proto.image.files.PseudoTerminal;
import io.criulazy.proto.image.files.Terminal;
import io.criulazy.proto.image.files.TerminalSettings;
import io.criulazy.proto.image.files.TtyFile;
import io.criulazy.proto.image.files.WindowSize;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Pseudo-terminals on whose other side somebody outside of the tree is: who restores the tree gives
 * it a terminal of his own ({@code --shell-job}).
 */
public final class Terminals {
  private static final int ALTERNATE_FIRST = 3;
  private static final int ALTERNATE_LAST = 5;
  private static final int MASTERS = 128;
  private static final int SLAVES_FIRST = 136;
  private static final int SLAVES_LAST = 143;
  private static final int SLAVES_A_MAJOR = 256;
  private static final int TCGETS = 0x5401;
  private static final int TIOCGWINSZ = 0x5413;
  private static final int TIOCGLCKTRMIOS = 0x5456;
  private static final int CHARACTERS = 19;
  private static final int TTY_FIELD = 7;
  private static final int FOREGROUND_FIELD = 8;

  private final FileTable table;
  private final Refusals refusals;
  private final boolean shellJob;
  private final Map<Integer, Terminal> terminals = new LinkedHashMap<>();

  Terminals(FileTable table, Refusals refusals, boolean shellJob) {
    this.table = table;
    this.refusals = refusals;
    this.shellJob = shellJob;
  }

  static boolean isOne(FileStatus status) {
    int major = status.major();
    return status.isCharacterDevice()
        && (major >= ALTERNATE_FIRST && major <= ALTERNATE_LAST
            || major >= MASTERS && major <= SLAVES_LAST);
  }

  /** All that were found. */
  public List<Terminal> all() {
    return new ArrayList<>(terminals.values());
  }

  /** Adds a terminal to the table; nothing if it is refused. */
  OptionalInt describe(Descriptor descriptor, OpenedFile file, FileOwner owner) throws IOException {
    FileStatus status = descriptor.status();
    if (status.major() < SLAVES_FIRST || status.major() > SLAVES_LAST) {
      refusals.add(descriptor + " is a terminal other than /dev/pts/N");
      return OptionalInt.empty();
    }
    if (!shellJob) {
      refusals.add(descriptor + " is a terminal: give --shell-job if it is yours");
      return OptionalInt.empty();
    }
    int index = (status.major() - SLAVES_FIRST) * SLAVES_A_MAJOR + status.minor();
    int terminal = index << 1; // criu's number: the master's is the next
    if (!terminals.containsKey(terminal)) {
      terminals.put(terminal, terminal(terminal, index, descriptor, file));
    }
    int flags = descriptor.flags();
    int path =
        table.add(
            number ->
                FileRecord.of(FileTable.regular(number, descriptor.target(), flags, 0, status)));
    return OptionalInt.of(
        table.add(
            number ->
                FileRecord.of(new TtyFile(number, terminal, flags, owner, OptionalInt.of(path)))));
  }

  private static Terminal terminal(int id, int index, Descriptor descriptor, OpenedFile file)
      throws IOException {
    FileStatus status = descriptor.status();
    ProcStat process = ProcStat.of(descriptor.pid());
    boolean controls = process.field(TTY_FIELD) == status.rawDevice();
    NativeBuffer size = new NativeBuffer(16);
    file.ioctl("TIOCGWINSZ", TIOCGWINSZ, size);
    return new Terminal(
        id,
        Terminal.PSEUDO,
        false,
        false,
        false,
        controls ? process.sid() : 0,
        controls ? (int) process.field(FOREGROUND_FIELD) : 0,
        (int) status.rawDevice(),
        Optional.of(settings(file, "TCGETS", TCGETS)),
        Optional.of(settings(file, "TIOCGLCKTRMIOS", TIOCGLCKTRMIOS)),
        Optional.of(new WindowSize(half(size, 0), half(size, 2), half(size, 4), half(size, 6))),
        Optional.of(new PseudoTerminal(index)),
        OptionalInt.of((int) status.device()),
        OptionalInt.of(status.uid()),
        OptionalInt.of(status.gid()));
  }

  private static int half(NativeBuffer bytes, int offset) {
    return bytes.getInt(offset & ~3) >>> 8 * (offset & 3) & 0xffff;
  }

  /**
   * Asks for the settings.
   *
   * <pre>
   * struct termios { u32 c_iflag, c_oflag, c_cflag, c_lflag; u8 c_line; u8 c_cc[19]; };
   * </pre>
   */
  private static TerminalSettings settings(OpenedFile file, String what, int request)
      throws IOException {
    NativeBuffer told = new NativeBuffer(48);
    file.ioctl(what, request, told);
    List<Integer> characters = new ArrayList<>();
    for (int i = 0; i < CHARACTERS; i++) {
      characters.add(told.getByte(17 + i) & 0xff);
    }
    return new TerminalSettings(
        told.getInt(0),
        told.getInt(4),
        told.getInt(8),
        told.getInt(12),
        told.getByte(16) & 0xff,
        0,
        0,
        characters);
  }
}
