/**
 * What {@code criu-lazy inspect} finds out about a directory of images, and how it shows it. Reads
 * images front to back, in memory that grows with the mappings and not with the pages.
 */
package io.criulazy.client.inspect;
