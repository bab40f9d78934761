package io.criulazy.client.inspect;

import io.criulazy.proto.image.PagemapReader;
import io.criulazy.proto.image.Vma;

/** Where a page of a dumped task is, and when it is restored. */
enum PageKind {
  /** In the pages file; can wait until it is touched. */
  LAZY('L', 36),
  /** In the pages file; in place before the task runs. */
  EAGER('E', 33),
  /** In the images of a directory behind {@code parent}. */
  PARENT('P', 34),
  /** Still with the criu that dumped it ({@code criu dump --lazy-pages}). */
  REMOTE('R', 35);

  private final char letter;
  private final int color;

  PageKind(char letter, int color) {
    this.letter = letter;
    this.color = color;
  }

  /** The kind of an entry's pages that lie in that mapping; lazy entries can span eager ones. */
  static PageKind of(int flags, Vma vma) {
    if ((flags & PagemapReader.PARENT) != 0) {
      return PARENT;
    }
    if ((flags & PagemapReader.PRESENT) == 0) {
      return REMOTE;
    }
    return (flags & PagemapReader.LAZY) != 0 && vma.canBeLazy() ? LAZY : EAGER;
  }

  /** For a picture without colours. */
  char letter() {
    return letter;
  }

  /** The number of its foreground colour in ANSI escape sequences. */
  int color() {
    return color;
  }
}
