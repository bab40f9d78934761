package io.criulazy.proto.image.files;

import io.criulazy.proto.image.codec.Field;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Options of SOL_SOCKET. A socket's shutdown is 0 none, 1 read, 2 write, 3 both.
 *
 * @param linger seconds
 */
public record SocketOptions(
    @Field(1) int sendBufferBytes,
    @Field(2) int receiveBufferBytes,
    @Field(3) long sendTimeoutSeconds,
    @Field(4) long sendTimeoutMicroseconds,
    @Field(5) long receiveTimeoutSeconds,
    @Field(6) long receiveTimeoutMicroseconds,
    @Field(7) Optional<Boolean> reuseAddress,
    @Field(8) OptionalInt priority,
    @Field(9) OptionalInt receiveLowWater,
    @Field(10) OptionalInt mark,
    @Field(11) Optional<Boolean> passCredentials,
    @Field(12) Optional<Boolean> passSecurity,
    @Field(13) Optional<Boolean> dontRoute,
    @Field(14) Optional<Boolean> noCheck,
    @Field(15) Optional<String> boundDevice,
    @Field(value = 16, form = Field.Form.FIXED) List<Long> filter,
    @Field(17) Optional<Boolean> reusePort,
    @Field(18) Optional<Boolean> broadcast,
    @Field(19) Optional<Boolean> keepalive,
    @Field(20) OptionalInt oldKeepCount,
    @Field(21) OptionalInt oldKeepIdle,
    @Field(22) OptionalInt oldKeepInterval,
    @Field(23) OptionalInt outOfBandInline,
    @Field(24) OptionalInt linger,
    @Field(25) OptionalInt bufferLock) {
  /** Keeps copies of the lists. */
  public SocketOptions {
    filter = List.copyOf(filter);
  }
}
