/**
 * Opened image sets: {@link io.criulazy.daemon.store.ImageStore} opens an image directory with all
 * its parents, {@link io.criulazy.daemon.store.ImageSet} has the tasks, their memory maps and seek
 * indexes, and {@link io.criulazy.daemon.store.PagesFile} the bytes. Nothing here needs privileges
 * or native calls.
 */
package io.criulazy.daemon.store;
