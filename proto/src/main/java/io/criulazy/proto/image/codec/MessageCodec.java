package io.criulazy.proto.image.codec;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.WireFormat;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Reads and writes one kind of record as a protobuf (proto2) message. Fields are written in the
 * order of their numbers, as CRIU writes them; fields that the record does not have are skipped,
 * and the reader is told. Immutable; any thread.
 *
 * @param <T> a public record whose components all have a {@link Field} number
 */
public final class MessageCodec<T extends Record> {
  private static final ClassValue<MessageCodec<?>> CODECS =
      new ClassValue<>() {
        @Override
        protected MessageCodec<?> computeValue(Class<?> type) {
          return new MessageCodec<>(type.asSubclass(Record.class));
        }
      };

  private final Class<T> type;
  private final List<MessageField> fields;
  private final List<MessageField> writeOrder;
  private final Constructor<T> constructor;

  private MessageCodec(Class<T> type) {
    this.type = type;
    RecordComponent[] components = type.getRecordComponents();
    fields = Arrays.stream(components).map(MessageField::of).toList();
    writeOrder = fields.stream().sorted(Comparator.comparingInt(MessageField::number)).toList();
    try {
      constructor =
          type.getConstructor(
              Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new));
    } catch (NoSuchMethodException e) {
      throw new IllegalArgumentException(type + " is not public", e);
    }
  }

  /** The codec of a kind of record. */
  @SuppressWarnings("unchecked") // the codec of a class makes nothing else
  public static <T extends Record> MessageCodec<T> of(Class<T> type) {
    return (MessageCodec<T>) CODECS.get(type);
  }

  /**
   * Reads a message.
   *
   * @param unknown told of fields that are skipped
   * @throws MalformedMessageException when the bytes are no such message
   */
  public T decode(byte[] buffer, int offset, int length, UnknownFields unknown)
      throws MalformedMessageException {
    CodedInputStream in = CodedInputStream.newInstance(buffer, offset, length);
    try {
      T message = read(in, unknown);
      in.checkLastTagWas(0);
      return message;
    } catch (IOException e) {
      throw new MalformedMessageException(in.getTotalBytesRead(), e.getMessage(), e);
    }
  }

  /** Writes a message. */
  public byte[] encode(T message) {
    return encodeAny(message);
  }

  byte[] encodeAny(Record message) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    try {
      for (MessageField field : writeOrder) {
        field.write(out, message);
      }
      out.flush();
    } catch (IOException e) {
      throw new UncheckedIOException("memory can be written", e);
    }
    return bytes.toByteArray();
  }

  T read(CodedInputStream in, UnknownFields unknown) throws IOException {
    Object[] values = new Object[fields.size()];
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      int field = indexOf(WireFormat.getTagFieldNumber(tag));
      if (field < 0) {
        unknown.skipped(type, WireFormat.getTagFieldNumber(tag));
        skip(in, tag);
      } else {
        values[field] = readField(in, fields.get(field), tag, values[field], unknown);
      }
    }
    return build(values);
  }

  private static void skip(CodedInputStream in, int tag) throws IOException {
    if (!in.skipField(tag)) {
      throw new IOException("a group ends that did not begin");
    }
  }

  private int indexOf(int number) {
    for (int i = 0; i < fields.size(); i++) {
      if (fields.get(i).number() == number) {
        return i;
      }
    }
    return -1;
  }

  private Object readField(
      CodedInputStream in, MessageField field, int tag, Object before, UnknownFields unknown)
      throws IOException {
    int wireType = WireFormat.getTagWireType(tag);
    if (field.isPackedAs(wireType)) {
      List<Object> values = listOf(before);
      int outer = in.pushLimit(in.readRawVarint32());
      while (!in.isAtEnd()) {
        values.add(field.read(in, unknown));
      }
      in.popLimit(outer);
      return values;
    }
    if (!field.isWrittenAs(wireType)) {
      throw new IOException(
          "%s.%s is written as wire type %d"
              .formatted(type.getSimpleName(), field.name(), wireType));
    }
    Object value = field.read(in, unknown);
    return switch (field.shape()) {
      case REQUIRED -> value;
      case OPTIONAL -> Shape.present(field.componentType(), value);
      case REPEATED -> {
        List<Object> values = listOf(before);
        values.add(value);
        yield values;
      }
    };
  }

  @SuppressWarnings("unchecked") // made here
  private static List<Object> listOf(Object before) {
    return before == null ? new ArrayList<>() : (List<Object>) before;
  }

  private T build(Object[] values) throws IOException {
    for (int i = 0; i < values.length; i++) {
      MessageField field = fields.get(i);
      if (values[i] == null) {
        values[i] = Shape.absent(field.componentType());
      } else if (field.shape() == Shape.REPEATED) {
        values[i] = List.copyOf((List<?>) values[i]);
      }
      if (values[i] == null) {
        throw new IOException("it has no " + type.getSimpleName() + "." + field.name());
      }
    }
    try {
      return constructor.newInstance(values);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(type + " can't be made", e);
    }
  }
}
