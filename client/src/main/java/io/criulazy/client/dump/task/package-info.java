/** Processes and threads that are dumped: registers, signals, timers, credentials, limits. */
package io.criulazy.client.dump.task;
