package io.criulazy.proto.image.files;

import io.criulazy.proto.image.codec.Field;

/** The number of a pseudo-terminal: N of {@code /dev/pts/N}. */
public record PseudoTerminal(@Field(1) int index) {}
