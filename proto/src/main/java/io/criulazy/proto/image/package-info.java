/**
 * CRIU's image files: magics, length-prefixed records, messages. Everything here treats its input
 * as hostile: a bad byte anywhere is an {@link io.criulazy.proto.image.ImageFormatException} with
 * file, offset and reason, and no length is believed before it is bounded.
 */
package io.criulazy.proto.image;
