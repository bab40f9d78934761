package io.criulazy.proto.image.files;

import io.criulazy.proto.image.codec.Field;

/**
 * {@code filelocks.img}: a lock on a file.
 *
 * @param kind 1 of fcntl(2), which a process has; 2 of flock(2) and 4 of F_OFD_SETLK, which an open
 *     file has; 8 a lease
 * @param type 0 for reading, 1 for writing
 * @param pid who has it, or one of those who have the open file
 * @param fd its number there
 * @param start bytes from the file's start
 * @param length bytes; 0 to the end of the file, wherever that will be
 */
public record FileLock(
    @Field(1) int kind,
    @Field(2) int type,
    @Field(value = 3, form = Field.Form.SIGNED) int pid,
    @Field(value = 4, form = Field.Form.SIGNED) int fd,
    @Field(value = 5, form = Field.Form.SIGNED) long start,
    @Field(value = 6, form = Field.Form.SIGNED) long length) {
  /** {@link #kind}: of fcntl(2). */
  public static final int POSIX = 1;

  /** {@link #kind}: of flock(2). */
  public static final int FLOCK = 2;

  /** {@link #kind}: of an open file description. */
  public static final int OFD = 4;
}
