/**
 * The seek index: from any address of a task (or a shared memory segment) to the pages file and the
 * byte where its page is, or to nothing (the page reads as zeros).
 *
 * <p>{@link io.criulazy.proto.index.SeekIndex} is what everybody uses; it is built once from the
 * pagemaps of an image and all its parents and never changes.
 */
package io.criulazy.proto.index;
