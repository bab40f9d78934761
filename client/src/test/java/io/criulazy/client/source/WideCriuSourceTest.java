package io.criulazy.client.source;

import io.criulazy.proto.pageserver.HeaderLayout;

/** criu's protocol, in the wide headers of criu 4.2. */
class WideCriuSourceTest extends CriuSourceTest {
  @Override
  HeaderLayout layout() {
    return HeaderLayout.WIDE;
  }
}
