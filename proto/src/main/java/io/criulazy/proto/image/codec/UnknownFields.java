package io.criulazy.proto.image.codec;

/** Is told of what a message says and its record has no place for. */
@FunctionalInterface
public interface UnknownFields {
  /** For readers to whom it is nothing. */
  UnknownFields IGNORED = (message, field) -> {};

  /**
   * A field was skipped.
   *
   * @param message whose field it is
   * @param field its number
   */
  void skipped(Class<? extends Record> message, int field);
}
