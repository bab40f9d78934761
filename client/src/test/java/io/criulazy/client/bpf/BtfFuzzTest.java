package io.criulazy.client.bpf;

import com.code_intelligence.jazzer.junit.FuzzTest;

/** Any bytes as a kernel's type information. */
class BtfFuzzTest {
  @FuzzTest(maxDuration = "6s")
  void btf(byte[] bytes) {
    BtfTest.look(bytes);
  }
}
