/**
 * A small HTTP server for what a daemon says of itself and is told: short requests, short answers,
 * over TCP or a unix socket. What is asked and answered is somebody else's matter.
 */
package io.criulazy.daemon.http;
