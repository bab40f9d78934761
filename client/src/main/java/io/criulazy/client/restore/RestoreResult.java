package io.criulazy.client.restore;

/**
 * What a restore has come to: a tree that runs.
 *
 * @param pid its root, as this process sees it
 * @param engine which did it
 * @param reason why that one
 * @param ringProcesses how many of its processes have io_uring instances
 * @param ringNs how long it took to put these back; -1 if not known
 */
public record RestoreResult(
    RestoreRequest request,
    int pid,
    String engine,
    String reason,
    int ringProcesses,
    long ringNs) {}
