/**
 * Receiving dumps: what {@code criu dump --page-server} sends becomes images that appear complete
 * or not at all. {@link io.criulazy.daemon.receive.DumpDirectory} is the directory, {@link
 * io.criulazy.daemon.receive.IncomingDump} one dump on its way into it. No sockets here, nor
 * privileges or native calls.
 */
package io.criulazy.daemon.receive;
