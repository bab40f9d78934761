package io.criulazy.client.dump;

/**
 * What a dump has come to.
 *
 * @param engine which did it
 * @param reason why that one
 */
public record DumpResult(DumpRequest request, String engine, String reason) {}
