package io.criulazy.proto.image.codec;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** How often a field can be there, and what of. */
enum Shape {
  REQUIRED,
  OPTIONAL,
  REPEATED;

  static Shape of(Class<?> type) {
    if (type == List.class) {
      return REPEATED;
    }
    return type == OptionalInt.class || type == OptionalLong.class || type == Optional.class
        ? OPTIONAL
        : REQUIRED;
  }

  /** What one value is. */
  static Class<?> element(RecordComponent component) {
    Class<?> type = component.getType();
    if (type == OptionalInt.class) {
      return int.class;
    }
    if (type == OptionalLong.class) {
      return long.class;
    }
    if (type == List.class || type == Optional.class) {
      ParameterizedType generic = (ParameterizedType) component.getGenericType();
      return (Class<?>) generic.getActualTypeArguments()[0];
    }
    return type;
  }

  /** The component's value when the message does not have the field, or null if it must. */
  static Object absent(Class<?> type) {
    if (type == OptionalInt.class) {
      return OptionalInt.empty();
    }
    if (type == OptionalLong.class) {
      return OptionalLong.empty();
    }
    if (type == Optional.class) {
      return Optional.empty();
    }
    return type == List.class ? List.of() : null;
  }

  /** The component's value for one value of an optional field. */
  static Object present(Class<?> type, Object value) {
    if (type == OptionalInt.class) {
      return OptionalInt.of((Integer) value);
    }
    return type == OptionalLong.class ? OptionalLong.of((Long) value) : Optional.of(value);
  }

  /** All values of a component, none if it is absent. */
  List<?> values(Object component) {
    if (this == REPEATED) {
      return (List<?>) component;
    }
    if (component instanceof OptionalInt number) {
      return number.isPresent() ? List.of(number.getAsInt()) : List.of();
    }
    if (component instanceof OptionalLong number) {
      return number.isPresent() ? List.of(number.getAsLong()) : List.of();
    }
    return component instanceof Optional<?> value ? value.stream().toList() : List.of(component);
  }
}
