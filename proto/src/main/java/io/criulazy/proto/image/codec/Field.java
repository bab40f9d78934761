package io.criulazy.proto.image.codec;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Which field of a protobuf message a record's component is. The component's type tells the rest:
 *
 * <pre>
 * int, long, boolean, String, byte[], a record    required
 * OptionalInt, OptionalLong, Optional             optional
 * List                                            repeated
 * </pre>
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface Field {
  /** Its number. */
  int value();

  /** How a number is written, where that is not the plain unsigned one. */
  Form form() default Form.PLAIN;

  /** Forms of numbers. */
  enum Form {
    /** uint32, uint64, an enum or a bool: a varint. */
    PLAIN,
    /** int32, int64: a varint, a negative number as 64 bits. */
    SIGNED,
    /** sint32, sint64: a varint, the sign in the lowest bit. */
    ZIGZAG,
    /** fixed64: 8 bytes. */
    FIXED
  }
}
