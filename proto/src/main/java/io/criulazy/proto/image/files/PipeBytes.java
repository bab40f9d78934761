package io.criulazy.proto.image.files;

/**
 * What a pipe or fifo held.
 *
 * @param head which, and how many bytes
 * @param content the bytes; not copied
 */
public record PipeBytes(PipeContent head, byte[] content) {}
