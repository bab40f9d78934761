package io.criulazy.daemon.http;

/**
 * One request.
 *
 * @param method in capitals: {@code GET}
 * @param path decoded, without the query
 * @param body all of it; empty if there is none
 * @param peerPid the process that has connected over a unix socket, as the kernel tells; 0: over
 *     TCP, or one that can't be seen from here
 */
public record HttpCall(String method, String path, byte[] body, int peerPid) {}
