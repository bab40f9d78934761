package io.criulazy.client.bpf;

import java.io.IOException;

/** Type information that can't be read, or does not know what is asked for. */
public final class BtfException extends IOException {
  private static final long serialVersionUID = 1L;

  BtfException(long offset, String reason) {
    super("BTF, offset " + offset + ": " + reason);
  }
}
