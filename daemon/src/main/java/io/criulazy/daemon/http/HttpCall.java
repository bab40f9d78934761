package io.criulazy.daemon.http;

/**
 * One request.
 *
 * @param method in capitals: {@code GET}
 * @param path decoded, without the query
 * @param body all of it; empty if there is none
 */
public record HttpCall(String method, String path, byte[] body) {}
