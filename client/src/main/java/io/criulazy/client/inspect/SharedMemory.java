package io.criulazy.client.inspect;

/**
 * A shared memory with images of its own: shared anonymous memory, a memfd, a System V segment.
 *
 * @param id unsigned, N of {@code pagemap-shmem-N.img}
 * @param fragmentation of its pagemap
 * @param pagesFile where its pages are
 */
record SharedMemory(long id, Fragmentation fragmentation, PagesFileState pagesFile) {}
