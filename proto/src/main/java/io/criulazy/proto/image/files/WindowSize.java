package io.criulazy.proto.image.files;

import io.criulazy.proto.image.codec.Field;

/** {@code struct winsize}. */
public record WindowSize(
    @Field(1) int rows, @Field(2) int columns, @Field(3) int xPixels, @Field(4) int yPixels) {}
