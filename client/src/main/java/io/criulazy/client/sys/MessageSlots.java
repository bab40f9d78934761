package io.criulazy.client.sys;

/**
 * Where the messages of a userfaultfd are read to. The kernel writes them there in the same system
 * call that lets the process go on, so what is read into a journal is in the journal, whatever
 * becomes of the reader.
 */
public interface MessageSlots {
  /**
   * Makes room.
   *
   * @param bytes for so many
   * @return where they will be read to; good until the next call
   */
  Place reserve(int bytes);

  /** Keeps the first {@code bytes} of what was read; otherwise the next read overwrites them. */
  void keep(int bytes);

  /** Room for messages. */
  record Place(NativeBuffer buffer, int offset) {}

  /** Room that is used again and again, and gone with this process. */
  static MessageSlots volatileSlots(int bytes) {
    Place place = new Place(new NativeBuffer(bytes), 0);
    return new MessageSlots() {
      @Override
      public Place reserve(int wanted) {
        return place;
      }

      @Override
      public void keep(int kept) {
        // Nobody reads it again.
      }
    };
  }
}
