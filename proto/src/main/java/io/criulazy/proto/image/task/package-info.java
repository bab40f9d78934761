/**
 * One task and its threads: {@code core-TID.img}, {@code fs-PID.img}. Plain records: field numbers
 * and meanings are those of CRIU's image format; unsigned numbers are in Java's signed types.
 */
package io.criulazy.proto.image.task;
