package io.criulazy.proto.image.files;

import io.criulazy.proto.image.codec.Field;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A terminal in {@code tty-info.img}.
 *
 * @param type 1 of a pseudo-terminal
 * @param sid the session whose controlling terminal it is, 0 if it is none's
 * @param pgrp its foreground group, 0 likewise
 * @param rawDevice its device number
 * @param lockedSettings which of the settings can't be changed
 * @param device of the file system that has it
 */
public record Terminal(
    @Field(1) int id,
    @Field(2) int type,
    @Field(3) boolean locked,
    @Field(4) boolean exclusive,
    @Field(5) boolean packetMode,
    @Field(6) int sid,
    @Field(7) int pgrp,
    @Field(8) int rawDevice,
    @Field(9) Optional<TerminalSettings> settings,
    @Field(10) Optional<TerminalSettings> lockedSettings,
    @Field(11) Optional<WindowSize> windowSize,
    @Field(12) Optional<PseudoTerminal> pseudoTerminal,
    @Field(13) OptionalInt device,
    @Field(14) OptionalInt uid,
    @Field(15) OptionalInt gid) {
  /** {@link #type} of a pseudo-terminal. */
  public static final int PSEUDO = 1;
}
