package io.criulazy.proto.image.codec;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** Values that are no messages, on the wire. */
enum Scalar {
  UINT32(WireFormat.WIRETYPE_VARINT) {
    @Override
    Object read(CodedInputStream in) throws IOException {
      return (int) in.readRawVarint64();
    }

    @Override
    void write(CodedOutputStream out, Object value) throws IOException {
      out.writeUInt32NoTag((Integer) value);
    }
  },
  INT32(WireFormat.WIRETYPE_VARINT) {
    @Override
    Object read(CodedInputStream in) throws IOException {
      return (int) in.readRawVarint64();
    }

    @Override
    void write(CodedOutputStream out, Object value) throws IOException {
      out.writeInt32NoTag((Integer) value);
    }
  },
  SINT32(WireFormat.WIRETYPE_VARINT) {
    @Override
    Object read(CodedInputStream in) throws IOException {
      return CodedInputStream.decodeZigZag32((int) in.readRawVarint64());
    }

    @Override
    void write(CodedOutputStream out, Object value) throws IOException {
      out.writeSInt32NoTag((Integer) value);
    }
  },
  UINT64(WireFormat.WIRETYPE_VARINT) {
    @Override
    Object read(CodedInputStream in) throws IOException {
      return in.readRawVarint64();
    }

    @Override
    void write(CodedOutputStream out, Object value) throws IOException {
      out.writeUInt64NoTag((Long) value);
    }
  },
  SINT64(WireFormat.WIRETYPE_VARINT) {
    @Override
    Object read(CodedInputStream in) throws IOException {
      return CodedInputStream.decodeZigZag64(in.readRawVarint64());
    }

    @Override
    void write(CodedOutputStream out, Object value) throws IOException {
      out.writeSInt64NoTag((Long) value);
    }
  },
  FIXED64(WireFormat.WIRETYPE_FIXED64) {
    @Override
    Object read(CodedInputStream in) throws IOException {
      return in.readRawLittleEndian64();
    }

    @Override
    void write(CodedOutputStream out, Object value) throws IOException {
      out.writeFixed64NoTag((Long) value);
    }
  },
  BOOL(WireFormat.WIRETYPE_VARINT) {
    @Override
    Object read(CodedInputStream in) throws IOException {
      return in.readRawVarint64() != 0;
    }

    @Override
    void write(CodedOutputStream out, Object value) throws IOException {
      out.writeBoolNoTag((Boolean) value);
    }
  },
  /** Text that is not UTF-8 is an error: replaced characters would name another file. */
  STRING(WireFormat.WIRETYPE_LENGTH_DELIMITED) {
    @Override
    Object read(CodedInputStream in) throws IOException {
      try {
        return StandardCharsets.UTF_8
            .newDecoder()
            .decode(ByteBuffer.wrap(in.readByteArray()))
            .toString();
      } catch (CharacterCodingException e) {
        throw new IOException("text that is not UTF-8", e);
      }
    }

    @Override
    void write(CodedOutputStream out, Object value) throws IOException {
      out.writeByteArrayNoTag(((String) value).getBytes(StandardCharsets.UTF_8));
    }
  },
  BYTES(WireFormat.WIRETYPE_LENGTH_DELIMITED) {
    @Override
    Object read(CodedInputStream in) throws IOException {
      return in.readByteArray();
    }

    @Override
    void write(CodedOutputStream out, Object value) throws IOException {
      out.writeByteArrayNoTag((byte[]) value);
    }
  };

  private final int wireType;

  Scalar(int wireType) {
    this.wireType = wireType;
  }

  int wireType() {
    return wireType;
  }

  abstract Object read(CodedInputStream in) throws IOException;

  abstract void write(CodedOutputStream out, Object value) throws IOException;

  static Scalar of(Class<?> type, Field.Form form) {
    if (type == int.class || type == Integer.class) {
      return switch (form) {
        case PLAIN -> UINT32;
        case SIGNED -> INT32;
        case ZIGZAG -> SINT32;
        case FIXED -> throw new IllegalArgumentException("no fixed form of 32 bits");
      };
    }
    if (type == long.class || type == Long.class) {
      return switch (form) {
        case PLAIN, SIGNED -> UINT64;
        case ZIGZAG -> SINT64;
        case FIXED -> FIXED64;
      };
    }
    if (type == boolean.class || type == Boolean.class) {
      return BOOL;
    }
    if (type == String.class) {
      return STRING;
    }
    if (type == byte[].class) {
      return BYTES;
    }
    throw new IllegalArgumentException(type + " can't be a field");
  }
}
