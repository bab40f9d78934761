package io.criulazy.proto.image.files;

import io.criulazy.proto.image.codec.Field;
import java.util.List;

/** {@code struct termios}. */
public record TerminalSettings(
    @Field(1) int inputFlags,
    @Field(2) int outputFlags,
    @Field(3) int controlFlags,
    @Field(4) int localFlags,
    @Field(5) int line,
    @Field(6) int inputSpeed,
    @Field(7) int outputSpeed,
    @Field(8) List<Integer> characters) {
  /** Keeps a copy of the list. */
  public TerminalSettings {
    characters = List.copyOf(characters);
  }
}
