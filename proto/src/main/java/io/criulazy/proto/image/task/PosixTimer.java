package io.criulazy.proto.image.task;

import io.criulazy.proto.image.codec.Field;
import java.util.OptionalInt;

/**
 * One timer of timer_create(2).
 *
 * @param id its timer_t
 * @param clockId CLOCK_*
 * @param signal sigev_signo
 * @param notification SIGEV_SIGNAL 0, SIGEV_NONE 1, SIGEV_THREAD_ID 4
 * @param value sigev_value
 * @param valueSeconds time left; 0 and 0: not armed
 * @param notifyThreadId of SIGEV_THREAD_ID
 */
public record PosixTimer(
    @Field(1) int id,
    @Field(2) int clockId,
    @Field(3) int signal,
    @Field(4) int notification,
    @Field(5) long value,
    @Field(6) int overrun,
    @Field(7) long intervalSeconds,
    @Field(8) long intervalNanoseconds,
    @Field(9) long valueSeconds,
    @Field(10) long valueNanoseconds,
    @Field(value = 11, form = Field.Form.SIGNED) OptionalInt notifyThreadId) {}
