/** What /proc tells of a process that is to be dumped. Nothing here changes a process. */
package io.criulazy.client.dump.proc;
