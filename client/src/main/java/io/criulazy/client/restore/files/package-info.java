/**
 * Puts the open files of restored processes back: {@link
 * io.criulazy.client.restore.files.OpenFiles}. All files are made by injected calls of the
 * processes that have them, so that owners, credentials of sockets and readers of signals are
 * theirs, and not ours.
 */
package io.criulazy.client.restore.files;
