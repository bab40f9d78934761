package io.criulazy.client.dump;

/**
 * What a dump has come to.
 *
 * @param engine which did it
 * @param reason why that one
 * @param ringProcesses how many of its processes have io_uring instances
 */
public record DumpResult(DumpRequest request, String engine, String reason, int ringProcesses) {}
