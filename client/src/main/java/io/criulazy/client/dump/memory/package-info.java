/** Memory of the processes that are dumped: its mappings, and the pages that are in no file. */
package io.criulazy.client.dump.memory;
