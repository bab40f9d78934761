/** Controlling a resident daemon: its HTTP/JSON resources, what they report, and their client. */
package io.criulazy.client.control;
