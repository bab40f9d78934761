package io.criulazy.proto.image;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MemoryMapTest {
  private static final int PRIVATE_ANONYMOUS = 0x22;
  private static final int ANON = VmaStatus.REGULAR | VmaStatus.ANON_PRIVATE;

  @Test
  void privateAnonymousMemoryIsLazyButForWhatCriuRestoresItself() {
    assertThat(vma(PRIVATE_ANONYMOUS, ANON).canBeLazy()).isTrue();
    assertThat(vma(PRIVATE_ANONYMOUS | 0x4000, ANON | VmaStatus.HEAP).canBeLazy()).isTrue();
    assertThat(vma(0x02, VmaStatus.REGULAR | VmaStatus.FILE_PRIVATE).canBeLazy()).isFalse();
    assertThat(vma(0x21, VmaStatus.REGULAR | VmaStatus.ANON_SHARED).canBeLazy()).isFalse();
    assertThat(vma(PRIVATE_ANONYMOUS | 0x2000, ANON).canBeLazy()).as("locked").isFalse();
    assertThat(vma(PRIVATE_ANONYMOUS | 0x40000, ANON).canBeLazy()).as("hugetlb").isFalse();
    for (int kernels : new int[] {VmaStatus.VDSO, VmaStatus.VVAR, VmaStatus.VSYSCALL}) {
      assertThat(vma(PRIVATE_ANONYMOUS, ANON | kernels).canBeLazy()).isFalse();
    }
  }

  @Test
  void kindIsTheMostTellingBit() {
    assertThat(vma(0, ANON).kind()).isEqualTo("anon");
    assertThat(vma(0, ANON | VmaStatus.STACK).kind()).isEqualTo("stack");
    assertThat(vma(0, ANON | VmaStatus.VDSO).kind()).isEqualTo("vdso");
    assertThat(vma(0, 0).kind()).isEqualTo("other");
  }

  @Test
  void findsTheMappingOfAnAddressAndLeavesGuardsOut() {
    MmEntry.Builder mm = MmEntry.newBuilder();
    long vsyscall = 0xffff_ffff_ff60_0000L;
    mm.addVmas(entry(0x10000, 0x20000, ANON)).addVmas(entry(0x20000, 0x21000, ANON));
    mm.addVmas(entry(vsyscall, vsyscall + 0x1000, VmaStatus.VSYSCALL));
    mm.addVmas(entry(0x11000, 0x12000, VmaStatus.GUARD));
    MemoryMap map = MemoryMap.of(mm.buildPartial());
    assertThat(map.vmas()).hasSize(3);
    assertThat(map.at(0x11000).end()).isEqualTo(0x20000);
    assertThat(map.at(0x20000).length()).isEqualTo(0x1000);
    assertThat(map.at(vsyscall + 5).kind()).isEqualTo("vsyscall");
    assertThat(map.at(0xffff)).isNull();
    assertThat(map.at(0x21000)).isNull();
    assertThat(map.at(-1)).isNull();
  }

  private static Vma vma(int flags, int status) {
    return new Vma(0x10000, 0x20000, 3, flags, status, 0, 0);
  }

  private static VmaEntry entry(long start, long end, int status) {
    return VmaEntry.newBuilder()
        .setStart(start)
        .setEnd(end)
        .setPgoff(0)
        .setShmid(0)
        .setProt(3)
        .setFlags(PRIVATE_ANONYMOUS)
        .setStatus(status)
        .setFd(-1)
        .build();
  }
}
