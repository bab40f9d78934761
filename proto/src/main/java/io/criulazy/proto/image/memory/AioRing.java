package io.criulazy.proto.image.memory;

import io.criulazy.proto.image.codec.Field;

/**
 * A context of io_setup(2).
 *
 * @param id the context id, which is the address of its ring
 * @param nrReq events that io_setup was asked for
 * @param ringLength bytes
 */
public record AioRing(@Field(1) long id, @Field(2) int nrReq, @Field(3) int ringLength) {}
