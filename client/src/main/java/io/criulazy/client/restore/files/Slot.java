package io.criulazy.client.restore.files;

/**
 * A descriptor.
 *
 * @param pid of the task
 * @param fd its number there
 * @param closeOnExec FD_CLOEXEC
 */
record Slot(int pid, int fd, boolean closeOnExec) {}
