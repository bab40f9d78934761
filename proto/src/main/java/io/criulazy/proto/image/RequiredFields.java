package io.criulazy.proto.image;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import java.util.List;

/**
 * Finds what a message lacks. Protobuf's own parser lists everything, which for 16 MiB of empty
 * submessages is more than a gigabyte of text.
 */
final class RequiredFields {
  private RequiredFields() {}

  /** The path of one required field that is not set, or null if all are. */
  static String firstMissing(Message message) {
    return message.isInitialized() ? null : search(message);
  }

  private static String search(Message message) {
    for (FieldDescriptor field : message.getDescriptorForType().getFields()) {
      if (field.isRequired() && !message.hasField(field)) {
        return field.getName();
      }
      if (field.getJavaType() == FieldDescriptor.JavaType.MESSAGE) {
        String missing = searchIn(message, field);
        if (missing != null) {
          return missing;
        }
      }
    }
    return null;
  }

  private static String searchIn(Message message, FieldDescriptor field) {
    if (!field.isRepeated()) {
      return message.hasField(field)
          ? named(field.getName(), (Message) message.getField(field))
          : null;
    }
    List<?> elements = (List<?>) message.getField(field);
    for (int i = 0; i < elements.size(); i++) {
      String missing = named(field.getName() + "[" + i + "]", (Message) elements.get(i));
      if (missing != null) {
        return missing;
      }
    }
    return null;
  }

  private static String named(String name, Message part) {
    String missing = firstMissing(part);
    return missing == null ? null : name + "." + missing;
  }
}
