package io.criulazy.client.dump;

import java.nio.file.Path;
import java.util.List;

/**
 * What is to be dumped.
 *
 * @param pid the root of the tree, as this process sees it
 * @param imagesDir absolute, there; gets the images
 * @param leaveRunning whether the tree goes on; else it is killed when the images are complete
 * @param log absolute; gets the engine's log
 * @param verbosity of that log, 0 to 4
 * @param criuOptions more of criu's own options, as words: {@code --shell-job}. An engine refuses
 *     what it does not know
 */
public record DumpRequest(
    int pid,
    Path imagesDir,
    boolean leaveRunning,
    Path log,
    int verbosity,
    List<String> criuOptions) {
  public DumpRequest {
    criuOptions = List.copyOf(criuOptions);
  }
}
