/**
 * io_uring instances: {@code io-uring-PID.img}, criu-lazy's own image. Plain records; unsigned
 * numbers are in Java's signed types. docs/ring-images.md describes the format.
 */
package io.criulazy.proto.image.rings;
