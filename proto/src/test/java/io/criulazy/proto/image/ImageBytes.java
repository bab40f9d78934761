package io.criulazy.proto.image;

import com.google.protobuf.MessageLite;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Builds images, byte by byte, for tests. */
public final class ImageBytes {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  /** An image as criu writes it since v1.1. */
  public static ImageBytes of(ImageType type) {
    ImageBytes image = new ImageBytes();
    if (type != ImageType.INVENTORY) {
      image.u32(ImageType.COMMON_MAGIC);
    }
    return image.u32(type.magic());
  }

  /** An image as criu wrote it before. */
  public static ImageBytes old(ImageType type) {
    return new ImageBytes().u32(type.magic());
  }

  public ImageBytes u32(int value) {
    byte[] four =
        ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array();
    bytes.writeBytes(four);
    return this;
  }

  public ImageBytes record(MessageLite message) {
    return record(message.toByteArray());
  }

  public ImageBytes record(byte... message) {
    u32(message.length);
    bytes.writeBytes(message);
    return this;
  }

  public ImageBytes head(int pagesId) {
    return record(PagemapHead.newBuilder().setPagesId(pagesId).build());
  }

  public ImageBytes entry(long vaddr, long pages, int flags) {
    return record(
        PagemapEntry.newBuilder()
            .setVaddr(vaddr)
            .setCompatNrPages((int) pages)
            .setFlags(flags)
            .build());
  }

  public int length() {
    return bytes.size();
  }

  public byte[] toByteArray() {
    return bytes.toByteArray();
  }
}
