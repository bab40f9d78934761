package io.criulazy.client.dump;

/**
 * What a dump has come to.
 *
 * @param engine which did it
 * @param reason why that one
 * @param ringProcesses how many of its processes have io_uring instances
 * @param ringNs how long these took: looking, emptying, taking away, and putting back if it stays
 */
public record DumpResult(
    DumpRequest request, String engine, String reason, int ringProcesses, long ringNs) {}
