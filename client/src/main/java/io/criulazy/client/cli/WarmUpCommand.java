package io.criulazy.client.cli;

import io.criulazy.client.BuildInfo;
import io.criulazy.client.restore.EngineWarmUp;
import io.criulazy.client.session.LazyPages;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;

/**
 * {@code criu-lazy warm-up}: the training run behind {@code bin/criu-lazy-archive}. Does what every
 * start does, from the command line to the end of a restore of no process, so that the class
 * archive has it. Without the right to use userfaultfd it gets less far, and so does the archive.
 */
@Command(name = "warm-up", hidden = true)
final class WarmUpCommand implements Callable<Integer> {

  /** By this word criu says that the tree is restored. */
  private static final int RESTORED = 0x52535446;

  /** Images of a small process, without its memory. */
  static final Path IMAGES = Path.of(System.getProperty("criu-lazy.home", "."), "lib", "training");

  @Override
  public Integer call() throws Exception {
    Path workDir = Files.createTempDirectory("criu-lazy-warm-up.");
    Logger log = LoggerFactory.getLogger(WarmUpCommand.class);
    try {
      LazyPagesOptions options = typical(workDir);
      Log.start(options.criu());
      log.info("{}", BuildInfo.load().describe(true));
      EngineWarmUp.run(IMAGES);
      new LazyPages(options.restore(() -> restore(workDir))).run();
    } catch (IOException e) {
      log.warn("trained only in part:", e);
    } finally {
      Files.deleteIfExists(workDir);
    }
    return 0;
  }

  private static LazyPagesOptions typical(Path workDir) throws UsageException {
    List<String> words = new ArrayList<>(List.of(LazyPagesCommand.NAME, "-D", IMAGES.toString()));
    words.addAll(List.of("-W", workDir.toString(), "-v4", "--status-fd", "9"));
    words.addAll(List.of("--progress", "-j", "--metrics-address", "127.0.0.1:0"));
    CriuArguments arguments =
        CriuArguments.parse(
            words.toArray(String[]::new), OptionTable.of(LazyPagesOptions.DECLARED), Map.of());
    return LazyPagesOptions.of(arguments.options());
  }

  /** Connects as criu does, and says that all of its no tasks are restored. */
  private static void restore(Path workDir) throws IOException {
    ByteBuffer word = ByteBuffer.allocate(4).order(ByteOrder.nativeOrder()).putInt(RESTORED).flip();
    try (SocketChannel criu =
        SocketChannel.open(UnixDomainSocketAddress.of(workDir.resolve("lazy-pages.socket")))) {
      criu.write(word);
    }
  }
}
