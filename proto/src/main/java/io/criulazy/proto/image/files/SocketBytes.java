package io.criulazy.proto.image.files;

/**
 * One packet, or piece of a stream, that a socket held.
 *
 * @param head whose, and how many bytes
 * @param content the bytes; not copied
 */
public record SocketBytes(SocketPacket head, byte[] content) {}
