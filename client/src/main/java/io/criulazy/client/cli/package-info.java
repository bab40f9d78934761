/**
 * The {@code criu-lazy} command: criu's own options, the log, the errors, one class a command.
 *
 * <p>The only package that may write to the standard streams.
 */
package io.criulazy.client.cli;
