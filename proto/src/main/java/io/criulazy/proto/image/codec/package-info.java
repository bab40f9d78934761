/**
 * Java records as protobuf messages: each record of CRIU's images is its own definition, by the
 * {@link io.criulazy.proto.image.codec.Field} numbers on its components.
 */
package io.criulazy.proto.image.codec;
