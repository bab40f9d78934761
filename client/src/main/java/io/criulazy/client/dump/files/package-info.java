/** Open files of the processes that are dumped: what they are, what they hold, who shares them. */
package io.criulazy.client.dump.files;
