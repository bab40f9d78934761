/**
 * Unix sockets to listen on: how they come and go as files, and whom the kernel says has connected.
 */
package io.criulazy.daemon.unix;
