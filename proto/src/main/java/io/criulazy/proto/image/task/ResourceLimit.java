package io.criulazy.proto.image.task;

import io.criulazy.proto.image.codec.Field;

/** One limit of prlimit(2); -1 is infinity. */
public record ResourceLimit(@Field(1) long current, @Field(2) long maximum) {}
