package io.criulazy.daemon.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.criulazy.daemon.store.TestImages;
import io.criulazy.proto.wire.FailureCode;
import io.criulazy.proto.wire.WireException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Images by name below roots, and no way out of them. */
@Timeout(30)
class ImageRootsTest {
  @TempDir Path scratch;
  private Path root;
  private Path other;
  private Path outside;
  private ImageRoots roots;

  @BeforeEach
  void writeImages() throws IOException {
    root = Files.createDirectory(scratch.resolve("root"));
    other = Files.createDirectory(scratch.resolve("other"));
    outside = TestImages.write(scratch.resolve("outside"), 3);
    TestImages.write(root.resolve("one"), 1);
    TestImages.write(root.resolve("deep/down/two"), 2);
    TestImages.write(other.resolve("one"), 7);
    TestImages.write(other.resolve("three"), 3);
    roots = new ImageRoots(List.of(root, other), Optional.empty());
  }

  @Test
  void findsImagesInTheFirstRootThatHasThem() throws IOException {
    assertThat(pages("one")).isEqualTo(1);
    assertThat(pages("deep/down/two")).isEqualTo(2);
    assertThat(pages("three")).isEqualTo(3);
    TestImages.write(root.resolve("late"), 4);
    assertThat(pages("late")).as("images that came later").isEqualTo(4);
  }

  @Test
  void opensAnImageOnceForAllThatUseItAndAgainWhenItIsAnother() throws Exception {
    try (ImageCatalog.Lease first = roots.open("one");
        ImageCatalog.Lease second = roots.open("one")) {
      assertThat(first.images()).isSameAs(second.images());
      Thread.sleep(20); // an inventory that is written later
      Files.delete(root.resolve("one/pages-1.img"));
      TestImages.write(root.resolve("one"), 5);
      try (ImageCatalog.Lease third = roots.open("one")) {
        assertThat(third.images()).isNotSameAs(first.images());
      }
    }
    assertThat(pages("one")).isEqualTo(5);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ".",
        "..",
        "/",
        "//",
        "one/",
        "/one",
        "one/.",
        "./one",
        "one/../one",
        "../outside",
        "deep/../../outside",
        "deep//down/two",
        "deep",
        "none",
        "one/inventory.img",
        "one\0",
        "one\n",
        "on\u202ee",
        "~",
        "*",
        "\ud800"
      })
  void noOtherNameNamesAnything(String name) {
    assertRefused(name);
  }

  @Test
  void longNamesNameNothingAndAreNotRepeated() {
    for (String name : List.of("x".repeat(256), "x/".repeat(30_000) + "x", "\u0001".repeat(5000))) {
      assertThatThrownBy(() -> roots.open(name))
          .isInstanceOf(WireException.class)
          .satisfies(e -> assertThat(e.getMessage().length()).isLessThan(200));
    }
    assertRefused(outside.toString());
  }

  @Test
  void noLinkLeadsOut() throws IOException {
    link("direct", outside);
    link("relative", Path.of("../outside"));
    Files.createSymbolicLink(root.resolve("up"), scratch);
    assertRefused("direct");
    assertRefused("relative");
    assertRefused("up/outside");
    for (String image : List.of("pages-1.img", "inventory.img", "pagemap-10.img", "core-10.img")) {
      Path set = TestImages.write(root.resolve("with-" + image), 3);
      Files.delete(set.resolve(image));
      Files.createSymbolicLink(set.resolve(image), outside.resolve(image));
      assertRefused("with-" + image);
    }
    Path child = TestImages.write(root.resolve("child"), 3);
    Files.createSymbolicLink(child.resolve("parent"), outside);
    assertRefused("child");
    Path grandchild = TestImages.write(root.resolve("grandchild"), 3);
    Files.createSymbolicLink(grandchild.resolve("parent"), Path.of("../child"));
    assertRefused("grandchild");
  }

  @Test
  void linksThatStayInsideAreFollowed() throws IOException {
    link("latest", Path.of("one"));
    assertThat(pages("latest")).isEqualTo(1);
    Path child = TestImages.write(root.resolve("child"), 3);
    Files.createSymbolicLink(child.resolve("parent"), Path.of("../one"));
    assertThat(pages("child")).isEqualTo(3);
  }

  /** Whoever opened it would wait for a writer. */
  @Test
  void whatIsNoFileIsNotOpened() throws Exception {
    Path set = TestImages.write(root.resolve("pipe"), 3);
    Files.delete(set.resolve("core-10.img"));
    Path fifo = set.resolve("core-10.img");
    assertThat(new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor()).isZero();
    assertRefused("pipe");
  }

  @Test
  void givesBackWhatIsNotUsed() throws IOException {
    ServedImages images;
    try (ImageCatalog.Lease lease = roots.open("one")) {
      images = lease.images();
      images.pagesFile(images.task(TestImages.TASK), 0).read(0, ByteBuffer.allocate(4096));
    }
    assertThatThrownBy(() -> images.images().retain()).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void aMissingRootIsSaidAtOnce() {
    assertThatThrownBy(() -> new ImageRoots(List.of(scratch.resolve("no")), Optional.empty()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("no");
    assertThatThrownBy(
            () -> new ImageRoots(List.of(root.resolve("one/inventory.img")), Optional.empty()))
        .hasMessageContaining("not a directory");
  }

  private long pages(String name) throws IOException {
    try (ImageCatalog.Lease lease = roots.open(name)) {
      return lease.images().task(TestImages.TASK).pageCount();
    }
  }

  private void link(String name, Path target) throws IOException {
    Files.createSymbolicLink(root.resolve(name), target);
  }

  private void assertRefused(String name) {
    assertThatThrownBy(() -> roots.open(name))
        .as(name)
        .isInstanceOfSatisfying(
            WireException.class,
            refused -> {
              assertThat(refused.code()).isEqualTo(FailureCode.NO_SUCH_IMAGES);
              assertThat(refused.getMessage()).doesNotContain("outside of", scratch + "/root");
            });
  }
}
