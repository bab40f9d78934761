package io.criulazy.proto.image.files;

import io.criulazy.proto.image.codec.Field;
import java.util.Optional;
import java.util.OptionalInt;

/** Options of SOL_IP. */
public record IpOptions(
    @Field(1) Optional<Boolean> freebind,
    @Field(4) Optional<RawIpOptions> raw,
    @Field(5) Optional<Boolean> packetInfo,
    @Field(6) OptionalInt tos,
    @Field(7) OptionalInt ttl) {}
