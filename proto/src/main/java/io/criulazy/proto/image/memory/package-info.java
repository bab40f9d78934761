/**
 * An address space: {@code mm-PID.img}. Plain records: field numbers and meanings are those of
 * CRIU's image format; unsigned numbers are in Java's signed types.
 */
package io.criulazy.proto.image.memory;
