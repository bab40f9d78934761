/**
 * The headers of CRIU's page-server protocol, in the two layouts that are in use, and what tells
 * one from the other. Every function here takes any bytes: what makes no sense is an answer, never
 * an exception, and no length is believed before it is bounded.
 */
package io.criulazy.proto.pageserver;
