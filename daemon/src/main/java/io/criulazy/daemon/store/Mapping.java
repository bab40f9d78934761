package io.criulazy.daemon.store;

import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Field;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;

/**
 * A part of a file, mapped read-only, that can be unmapped when its owner says so. To wait for the
 * garbage collector instead would keep a deleted checkpoint's blocks on the disk for as long as a
 * resident daemon feels no need to collect.
 *
 * <p>From JDK 22 on the mapping belongs to an arena: whoever touches its buffer after {@link
 * #unmap} gets an IllegalStateException. Before, only the cleaner of sun.misc.Unsafe (module
 * jdk.unsupported, no illegal access; JDK 24 and later warn of it) unmaps, and a touch after that
 * would be a SIGSEGV; buffers are handed out for their addresses only. Both are reached through
 * method handles, because classes for Java 17 know neither.
 */
final class Mapping {
  private static final Mapper MAPPER =
      Runtime.version().feature() >= 22 ? arenaMapper() : cleanerMapper();

  private final ByteBuffer bytes;
  private final Unmap unmap;

  private Mapping(ByteBuffer bytes, Unmap unmap) {
    this.bytes = bytes;
    this.unmap = unmap;
  }

  static Mapping of(FileChannel channel, long start, long length) throws IOException {
    return MAPPER.map(channel, start, length);
  }

  /** A new buffer over all of it. */
  ByteBuffer bytes() {
    return bytes.duplicate();
  }

  /** Takes the mapping away; once. */
  void unmap() {
    try {
      unmap.run();
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("can't unmap", e);
    }
  }

  private interface Mapper {
    Mapping map(FileChannel channel, long start, long length) throws IOException;
  }

  private interface Unmap {
    void run() throws Throwable;
  }

  private static Mapper cleanerMapper() {
    MethodHandle invokeCleaner = findInvokeCleaner();
    return (channel, start, length) -> {
      ByteBuffer bytes = channel.map(MapMode.READ_ONLY, start, length);
      return new Mapping(bytes, () -> invokeCleaner.invoke(bytes));
    };
  }

  private static MethodHandle findInvokeCleaner() {
    try {
      Class<?> unsafe = Class.forName("sun.misc.Unsafe");
      Field instance = unsafe.getDeclaredField("theUnsafe");
      instance.setAccessible(true);
      return MethodHandles.lookup()
          .findVirtual(unsafe, "invokeCleaner", MethodType.methodType(void.class, ByteBuffer.class))
          .bindTo(instance.get(null));
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("this JDK has no sun.misc.Unsafe.invokeCleaner", e);
    }
  }

  /**
   * {@code arena = Arena.ofShared(); channel.map(READ_ONLY, start, length, arena).asByteBuffer()}.
   */
  private static Mapper arenaMapper() {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      Class<?> arenaType = Class.forName("java.lang.foreign.Arena");
      Class<?> segmentType = Class.forName("java.lang.foreign.MemorySegment");
      MethodHandle ofShared =
          lookup.findStatic(arenaType, "ofShared", MethodType.methodType(arenaType));
      MethodHandle close =
          lookup.findVirtual(arenaType, "close", MethodType.methodType(void.class));
      MethodHandle asByteBuffer =
          lookup.findVirtual(segmentType, "asByteBuffer", MethodType.methodType(ByteBuffer.class));
      MethodHandle map =
          lookup.findVirtual(
              FileChannel.class,
              "map",
              MethodType.methodType(segmentType, MapMode.class, long.class, long.class, arenaType));
      return (channel, start, length) -> {
        try {
          Object arena = ofShared.invoke();
          Object segment = map.invoke(channel, MapMode.READ_ONLY, start, length, arena);
          return new Mapping((ByteBuffer) asByteBuffer.invoke(segment), () -> close.invoke(arena));
        } catch (IOException | RuntimeException | Error e) {
          throw e;
        } catch (Throwable e) {
          throw new IOException("can't map", e);
        }
      };
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("this JDK has no java.lang.foreign.Arena", e);
    }
  }
}
