package io.criulazy.client.rings;

import static org.assertj.core.api.Assertions.assertThat;

import io.criulazy.client.bpf.Kernel;
import io.criulazy.client.bpf.KernelFiles;
import io.criulazy.client.bpf.KernelStruct;
import io.criulazy.client.sys.Bpf;
import io.criulazy.client.sys.FileDescriptor;
import io.criulazy.client.sys.SharedMapping;
import io.criulazy.client.testing.Needs;
import io.criulazy.client.testing.Requirement;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What only drivers bring about that few machines have: a real ring's structures, copied to other
 * memory of the kernel's and changed there as such a driver would, are read from it like any.
 */
@Needs({Requirement.KERNEL})
class RingPeculiaritiesIT {
  private static final int BYTES = 1 << 16;
  private static final int CONTEXT = 0;
  private static final int FILE = 1 << 14;
  private static final int NODES = 1 << 15;
  private static final int NODE = NODES + 256;
  private static final int BUFFER = NODES + 1024;

  private Kernel kernel;
  private TwinRing ring;
  private int map;
  private SharedMapping memory;
  private long address;

  @BeforeEach
  void copyARing() throws IOException {
    kernel = Kernel.open();
    ring = TwinRing.of(0, 8, 16);
    map = Bpf.createMappableValue(BYTES);
    memory = SharedMapping.map(map, 0, BYTES, "a BPF map");
    KernelStruct array = KernelFiles.own(kernel, map).follow("private_data", "bpf_array");
    address = array.addressOf("value");
    KernelStruct file = KernelFiles.own(kernel, ring.fd());
    copy(FILE, "file", file.address());
    copy(CONTEXT, "io_ring_ctx", file.number("private_data"));
    put(FILE, "file", "private_data", address + CONTEXT);
  }

  @AfterEach
  void close() {
    memory.close();
    FileDescriptor.close(map);
    ring.close();
    kernel.close();
  }

  private void copy(int offset, String structure, long from) throws IOException {
    ByteBuffer bytes = kernel.read(from, kernel.types().sizeOf(structure));
    byte[] copied = new byte[bytes.remaining()];
    bytes.get(copied);
    memory.putBytes(offset, copied);
  }

  private void put(int offset, String structure, String member, long value) throws IOException {
    memory.putLong(offset + kernel.types().member(structure, member).byteOffset(), value);
  }

  private KernelRing read() throws IOException {
    return KernelRing.of(kernel, kernel.at("file", address + FILE));
  }

  @Test
  void aRingHasNothingPeculiar() throws IOException {
    assertThat(read().peculiarities()).isEmpty();
    assertThat(read().sqEntries()).isEqualTo(8);
    assertThat(read().cqEntries()).isEqualTo(16);
  }

  @Test
  void zeroCopyReceiveIsSeen() throws IOException {
    put(CONTEXT, "io_ring_ctx", "zcrx_ctxs.xa_head", address + NODES);
    assertThat(read().peculiarities()).containsExactly("zero-copy receive queues");
  }

  @Test
  void commandsInFlightAreSeen() throws IOException {
    put(CONTEXT, "io_ring_ctx", "cancelable_uring_cmd.first", address + NODES);
    assertThat(read().peculiarities()).containsExactly("uring_cmd requests in flight");
  }

  @Test
  void kernelBuffersAreSeen() throws IOException {
    memory.putInt(CONTEXT + kernel.types().member("io_ring_ctx", "buf_table.nr").byteOffset(), 2);
    put(CONTEXT, "io_ring_ctx", "buf_table.nodes", address + NODES);
    memory.putLong(NODES + Long.BYTES, address + NODE);
    put(NODE, "io_rsrc_node", "buf", address + BUFFER);
    assertThat(read().peculiarities()).isEmpty();
    memory.putBytes(
        BUFFER + kernel.types().member("io_mapped_ubuf", "is_kbuf").byteOffset(), new byte[] {1});
    assertThat(read().peculiarities()).containsExactly("kernel buffers");
  }
}
