package io.criulazy.client.bpf;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Addresses of the kernel's own variables: /proc/kallsyms, which it shows to CAP_SYSLOG. */
final class KernelSymbols {
  private static final Path SYMBOLS = Path.of("/proc/kallsyms");

  private KernelSymbols() {}

  /**
   * The address of a symbol of the kernel itself.
   *
   * @throws IOException if it is not there, or not shown
   */
  static long addressOf(String name) throws IOException {
    try (BufferedReader symbols = Files.newBufferedReader(SYMBOLS, StandardCharsets.ISO_8859_1)) {
      for (String line = symbols.readLine(); line != null; line = symbols.readLine()) {
        if (line.endsWith(" " + name)) {
          long address = Long.parseUnsignedLong(line.substring(0, line.indexOf(' ')), 16);
          if (address != 0) {
            return address;
          }
        }
      }
    }
    throw new IOException(SYMBOLS + " does not show the address of " + name);
  }
}
