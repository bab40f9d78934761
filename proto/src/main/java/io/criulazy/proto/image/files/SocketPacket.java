package io.criulazy.proto.image.files;

import io.criulazy.proto.image.codec.Field;
import java.util.List;

/**
 * Head of what a socket's queue held; the bytes follow it in {@code sk-queues.img}.
 *
 * @param socketId {@link UnixSocket#id} of the one that would read it
 * @param length bytes
 */
public record SocketPacket(
    @Field(1) int socketId, @Field(2) int length, @Field(4) List<PassedFiles> control) {
  /** Keeps copies of the lists. */
  public SocketPacket {
    control = List.copyOf(control);
  }
}
