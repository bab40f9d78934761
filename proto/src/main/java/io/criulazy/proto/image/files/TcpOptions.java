package io.criulazy.proto.image.files;

import io.criulazy.proto.image.codec.Field;
import java.util.Optional;
import java.util.OptionalInt;

/** Options of SOL_TCP. */
public record TcpOptions(
    @Field(1) Optional<Boolean> cork,
    @Field(2) Optional<Boolean> nodelay,
    @Field(3) OptionalInt keepCount,
    @Field(4) OptionalInt keepIdle,
    @Field(5) OptionalInt keepInterval) {}
