/**
 * criu-lazy's own page protocol: its frames, and what may be in them. The headers are protobuf
 * messages (wire.proto); docs/wire-protocol.md describes the conversation. Everything here takes
 * any bytes, and bounds each length before it is used.
 */
package io.criulazy.proto.wire;
