package io.criulazy.proto.image.codec;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;

/** One field of a message: reads and writes its values. Immutable. */
final class MessageField {
  private final RecordComponent component;
  private final int number;
  private final Shape shape;
  private final Scalar scalar;
  private final MessageCodec<?> message;

  private MessageField(RecordComponent component, Field field) {
    Class<?> element = Shape.element(component);
    this.component = component;
    this.number = field.value();
    this.shape = Shape.of(component.getType());
    this.message = element.isRecord() ? MessageCodec.of(element.asSubclass(Record.class)) : null;
    this.scalar = message == null ? Scalar.of(element, field.form()) : null;
  }

  static MessageField of(RecordComponent component) {
    Field field = component.getAnnotation(Field.class);
    if (field == null) {
      throw new IllegalArgumentException(component + " has no field number");
    }
    return new MessageField(component, field);
  }

  String name() {
    return component.getName();
  }

  int number() {
    return number;
  }

  Class<?> componentType() {
    return component.getType();
  }

  Shape shape() {
    return shape;
  }

  private int wireType() {
    return message == null ? scalar.wireType() : WireFormat.WIRETYPE_LENGTH_DELIMITED;
  }

  boolean isWrittenAs(int wireType) {
    return wireType == wireType();
  }

  /** Whether repeated numbers stand one behind the other in one field: readers must take both. */
  boolean isPackedAs(int wireType) {
    return shape == Shape.REPEATED
        && wireType == WireFormat.WIRETYPE_LENGTH_DELIMITED
        && wireType() != WireFormat.WIRETYPE_LENGTH_DELIMITED;
  }

  Object read(CodedInputStream in, UnknownFields unknown) throws IOException {
    if (message == null) {
      return scalar.read(in);
    }
    int length = in.readRawVarint32();
    int outer = in.pushLimit(length);
    Object value = message.read(in, unknown);
    in.checkLastTagWas(0);
    in.popLimit(outer);
    return value;
  }

  void write(CodedOutputStream out, Record owner) throws IOException {
    for (Object value : shape.values(valueIn(owner))) {
      out.writeTag(number, wireType());
      if (message == null) {
        scalar.write(out, value);
      } else {
        out.writeByteArrayNoTag(message.encodeAny((Record) value));
      }
    }
  }

  private Object valueIn(Record owner) {
    try {
      return component.getAccessor().invoke(owner);
    } catch (InvocationTargetException | IllegalAccessException e) {
      throw new IllegalStateException(component + " can't be read", e);
    }
  }
}
