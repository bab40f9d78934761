/**
 * Open files: {@code files.img}, {@code fdinfo-N.img}, {@code memfd.img}, and what pipes and
 * sockets held. Plain records: field numbers and meanings are those of CRIU's image format;
 * unsigned numbers are in Java's signed types.
 */
package io.criulazy.proto.image.files;
