package io.criulazy.client.cli;

import java.util.Set;

/** Those options of {@code lazy-pages} that say which page servers the pages come from. */
final class RemotePagesOptions extends LentOptions {
  static final Set<String> NAMES =
      Set.of(
          "page-server",
          "address",
          "port",
          "tls",
          "tls-cacert",
          "tls-cacrl",
          "tls-cert",
          "tls-key",
          "tls-no-cn-verify",
          "image-set",
          "compress",
          "no-short-circuit",
          "source-timeout");

  /** Picocli makes it. */
  RemotePagesOptions() {
    super(NAMES);
  }
}
