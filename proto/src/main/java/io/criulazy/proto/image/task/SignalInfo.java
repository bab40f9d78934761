package io.criulazy.proto.image.task;

import io.criulazy.proto.image.codec.Field;

/**
 * One pending signal.
 *
 * @param siginfo {@code siginfo_t}, 128 bytes; not copied
 */
public record SignalInfo(@Field(1) byte[] siginfo) {}
