/**
 * Reads the kernel's own structures, by the names that its type information (BTF) gives them, with
 * a program of eleven instructions that an unmodified kernel accepts. Changes nothing.
 */
package io.criulazy.client.bpf;
