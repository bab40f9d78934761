/**
 * Other processes from within: all threads of a tree are stopped, make system calls and run stubs
 * for us, and go on as if nothing had been.
 */
package io.criulazy.client.trace;
