package io.criulazy.proto.image.files;

import io.criulazy.proto.image.codec.Field;

/** Mode and owner of a socket's name. */
public record FilePermissions(@Field(1) int mode, @Field(2) int uid, @Field(3) int gid) {}
