package io.criulazy.client.source;

/** Our protocol over TCP, the background compressed. */
class CompressedSourceTest extends WireSourceTest {
  @Override
  boolean isCompressed() {
    return true;
  }
}
