/**
 * io_uring instances and AIO contexts of processes: looked at from outside, emptied, taken away
 * with their state recorded, and put back as they were.
 */
package io.criulazy.client.rings;
