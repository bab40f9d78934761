package io.criulazy.client.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Pages files that the server hands over through its unix socket. */
class GrantedSourceTest extends UnixSourceTest {
  private PageSource source;

  @Override
  boolean isMapping() {
    return true;
  }

  @Override
  PageSource open() throws IOException {
    source = super.open();
    return source;
  }

  @Test
  void thePagesAreThereAtOnceAndWithoutTheServer() throws IOException {
    assertThat(source).isInstanceOf(ImageSource.class);
    closeServer();
    eachLazyPageIsThatOfTheImageWhoeverAsksForIt();
    assertThat(arrivals).hasValue(0);
  }

  @Test
  void aFileThatIsChangedIsFoundOut() throws IOException {
    source.verifyUnchanged();
    Path used = images.pagesFiles().get(0).path();
    Files.write(used, new byte[4096], StandardOpenOption.APPEND);
    assertThatThrownBy(source::verifyUnchanged).hasMessageContaining("changed");
  }

  @Test
  void theDescriptorsAreGivenBack() throws IOException {
    long open = openPagesFiles();
    closeAll();
    assertThat(openPagesFiles()).isLessThanOrEqualTo(open - images.pagesFiles().size());
  }

  private long openPagesFiles() throws IOException {
    try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
      return all.map(GrantedSourceTest::target).filter(this::isPagesFile).count();
    }
  }

  private boolean isPagesFile(Path path) {
    return path.startsWith(scratch) && path.getFileName().toString().startsWith("pages-");
  }

  private static Path target(Path link) {
    try {
      return Files.readSymbolicLink(link);
    } catch (IOException closedMeanwhile) {
      return link;
    }
  }
}
