package io.criulazy.proto.image.files;

import io.criulazy.proto.image.codec.Field;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A unix socket.
 *
 * @param type SOCK_*
 * @param state TCP_ESTABLISHED 1, TCP_CLOSE 7, TCP_LISTEN 10
 * @param flags of open(2)
 * @param uflags CRIU's own
 * @param peer inode of the other end; 0: none
 * @param name sun_path, abstract ones with the leading 0; not copied
 * @param shutdown see {@link SocketOptions}
 * @param permissions of the bound name
 * @param nameDirectory what a relative name is relative to
 */
public record UnixSocket(
    @Field(1) int id,
    @Field(2) int inode,
    @Field(3) int type,
    @Field(4) int state,
    @Field(5) int flags,
    @Field(6) int uflags,
    @Field(7) int backlog,
    @Field(8) int peer,
    @Field(9) FileOwner owner,
    @Field(10) SocketOptions options,
    @Field(11) byte[] name,
    @Field(12) OptionalInt shutdown,
    @Field(13) Optional<FilePermissions> permissions,
    @Field(14) Optional<String> nameDirectory,
    @Field(15) Optional<Boolean> deleted,
    @Field(16) OptionalInt netNsId,
    @Field(value = 17, form = Field.Form.ZIGZAG) OptionalInt mountId) {}
