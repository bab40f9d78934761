package io.criulazy.client.dump.memory;

/** What madvise(2) leaves behind in a mapping: its number, and its name in VmFlags. */
enum Advice {
  RANDOM(1, "rr"),
  SEQUENTIAL(2, "sr"),
  DONTFORK(10, "dc"),
  MERGEABLE(12, "mg"),
  HUGEPAGE(14, "hg"),
  NOHUGEPAGE(15, "nh"),
  DONTDUMP(16, "dd"),
  WIPEONFORK(18, "wf");

  private final int number;
  private final String flag;

  Advice(int number, String flag) {
    this.number = number;
    this.flag = flag;
  }

  int number() {
    return number;
  }

  String flag() {
    return flag;
  }
}
