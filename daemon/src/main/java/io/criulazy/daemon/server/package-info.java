/**
 * The Netty page server: {@link io.criulazy.daemon.server.PageServer} listens, and finds out from
 * the first bytes of a connection which {@link io.criulazy.daemon.server.PageProtocol} its client
 * speaks. {@link io.criulazy.daemon.server.CriuProtocol} is criu's. Nothing here needs privileges
 * or native calls of its own.
 */
package io.criulazy.daemon.server;
