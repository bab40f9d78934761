package io.criulazy.proto.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecordReaderTest {
  private static final Path NAME = Path.of("x.img");
  private static final PstreeEntry TASK =
      PstreeEntry.newBuilder()
          .setPid(300)
          .setPpid(0)
          .setPgid(300)
          .setSid(300)
          .addThreads(300)
          .addThreads(301)
          .build();

  private static RecordReader over(ImageBytes image) throws IOException {
    return RecordReader.over(NAME, image.toByteArray(), ImageType.PSTREE);
  }

  private static ImageFormatException refuses(ImageBytes image) {
    return catchFormat(() -> over(image).next(PstreeEntry.parser()));
  }

  private static ImageFormatException catchFormat(Reading reading) {
    Holder holder = new Holder();
    assertThatExceptionOfType(ImageFormatException.class)
        .isThrownBy(reading::read)
        .satisfies(e -> holder.exception = e);
    return holder.exception;
  }

  private interface Reading {
    void read() throws IOException;
  }

  private static final class Holder {
    private ImageFormatException exception;
  }

  @Test
  void readsRecordAfterRecord() throws IOException {
    PstreeEntry child = TASK.toBuilder().setPid(302).setPpid(300).build();
    try (RecordReader reader = over(ImageBytes.of(ImageType.PSTREE).record(TASK).record(child))) {
      assertThat(reader.offset()).isEqualTo(8);
      assertThat(reader.next(PstreeEntry.parser())).isEqualTo(TASK);
      assertThat(reader.next(PstreeEntry.parser())).isEqualTo(child);
      assertThat(reader.next(PstreeEntry.parser())).isNull();
    }
  }

  @Test
  void readsImagesBeforeTheCommonMagic() throws IOException {
    try (RecordReader reader = over(ImageBytes.old(ImageType.PSTREE).record(TASK))) {
      assertThat(reader.next(PstreeEntry.parser())).isEqualTo(TASK);
    }
  }

  @Test
  void theInventoryHasNoCommonMagic() throws IOException {
    ImageBytes wrong = new ImageBytes().u32(ImageType.COMMON_MAGIC).u32(0x58313116);
    ImageFormatException e =
        catchFormat(() -> RecordReader.over(NAME, wrong.toByteArray(), ImageType.INVENTORY));
    assertThat(e.offset()).isZero();
    assertThat(e.reason()).contains("0x54564319, expected 0x58313116 (inventory image)");
  }

  @Test
  void fieldsThatAreNotKnownSurvive() throws IOException {
    byte[] known = TASK.toByteArray();
    byte[] more = Arrays.copyOf(known, known.length + 3);
    more[known.length] = (byte) 0xf8;
    more[known.length + 1] = 1;
    more[known.length + 2] = 42;
    try (RecordReader reader = over(ImageBytes.of(ImageType.PSTREE).record(more))) {
      PstreeEntry read = reader.next(PstreeEntry.parser());
      assertThat(read.getUnknownFields().getField(31).getVarintList()).containsExactly(42L);
      assertThat(read.toByteArray()).isEqualTo(more);
    }
  }

  @Test
  void lengthsAreBounded() {
    ImageFormatException beyond = refuses(ImageBytes.of(ImageType.PSTREE).u32(1000).u32(0));
    assertThat(beyond.offset()).isEqualTo(8);
    assertThat(beyond.reason()).contains("a record of 1000 bytes, but only 4 are left");
    ImageFormatException huge = refuses(ImageBytes.of(ImageType.PSTREE).record(new byte[5 << 20]));
    assertThat(huge.offset()).isEqualTo(8);
    assertThat(huge.reason()).contains("a record of 5242880 bytes; at most 4194304 are possible");
    ImageFormatException negative = refuses(ImageBytes.of(ImageType.PSTREE).u32(-2));
    assertThat(negative.reason()).contains("4294967294 bytes");
  }

  @Test
  void aRecordWithoutWhatItMustHaveIsRefused() {
    PstreeEntry partial = PstreeEntry.newBuilder().setPid(1).buildPartial();
    ImageFormatException e = refuses(ImageBytes.of(ImageType.PSTREE).record(partial));
    assertThat(e.offset()).isEqualTo(12);
    assertThat(e.reason()).isEqualTo("not a record of this kind: it has no ppid");
  }

  @Test
  void oneMissingFieldIsNamedNotMillions() throws IOException {
    byte[] emptyVmas = new byte[1 << 20];
    for (int i = 0; i < emptyVmas.length; i += 2) {
      emptyVmas[i] = 14 << 3 | 2;
    }
    byte[] image = ImageBytes.of(ImageType.MM).record(emptyVmas).toByteArray();
    ImageFormatException e =
        catchFormat(() -> RecordReader.over(NAME, image, ImageType.MM).next(MmEntry.parser()));
    assertThat(e.reason()).isEqualTo("not a record of this kind: it has no mm_start_code");
    VmaEntry whole =
        VmaEntry.newBuilder()
            .setStart(0)
            .setEnd(1)
            .setPgoff(0)
            .setShmid(0)
            .setProt(0)
            .setFlags(0)
            .setStatus(0)
            .setFd(0)
            .build();
    MmEntry mm =
        MmEntry.newBuilder()
            .addVmas(whole)
            .addVmas(whole.toBuilder().clearFd().buildPartial())
            .buildPartial();
    assertThat(RequiredFields.firstMissing(whole)).isNull();
    assertThat(RequiredFields.firstMissing(mm.toBuilder().clearVmas().buildPartial()))
        .isEqualTo("mm_start_code");
    assertThat(RequiredFields.firstMissing(filled(mm))).isEqualTo("vmas[1].fd");
  }

  private static MmEntry filled(MmEntry mm) {
    MmEntry.Builder filled = mm.toBuilder();
    for (int field = 1; field <= 12; field++) {
      filled.setField(
          MmEntry.getDescriptor().findFieldByNumber(field), field == 12 ? (Object) 1 : (Object) 0L);
    }
    return filled.buildPartial();
  }

  @Test
  void onlyMeansOne() throws IOException {
    ImageBytes none = ImageBytes.of(ImageType.PSTREE);
    assertThat(catchFormat(() -> over(none).only(PstreeEntry.parser())).reason())
        .contains("holds no record");
    ImageBytes two = ImageBytes.of(ImageType.PSTREE).record(TASK).record(TASK);
    assertThat(catchFormat(() -> over(two).only(PstreeEntry.parser())).reason())
        .contains("more than one record");
  }

  @Test
  void recordsLongerThanTheWindowAreRead(@TempDir Path directory) throws IOException {
    PstreeEntry.Builder many = TASK.toBuilder();
    for (int i = 1; i < 200_000; i++) {
      many.addThreads(i);
    }
    ImageBytes image =
        ImageBytes.of(ImageType.PSTREE).record(TASK).record(many.build()).record(TASK);
    Path file = Files.write(directory.resolve("pstree.img"), image.toByteArray());
    try (RecordReader reader = RecordReader.open(file, ImageType.PSTREE)) {
      assertThat(reader.next(PstreeEntry.parser())).isEqualTo(TASK);
      assertThat(reader.next(PstreeEntry.parser())).isEqualTo(many.build());
      assertThat(reader.next(PstreeEntry.parser())).isEqualTo(TASK);
      assertThat(reader.next(PstreeEntry.parser())).isNull();
    }
  }

  @Test
  void magicsAreNamed() {
    Function<Integer, String> describe = ImageType::describe;
    assertThat(describe.apply(0x50273030)).isEqualTo("0x50273030 (pstree image)");
    assertThat(describe.apply(0)).isEqualTo("0x00000000");
  }
}
