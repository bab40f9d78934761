package io.criulazy.client.restore;

import java.nio.file.Path;
import java.util.List;

/**
 * What is to be restored.
 *
 * @param imagesDir absolute; has the images
 * @param workDir absolute; if lazy, somebody listens at {@code lazy-pages.socket} in it and is told
 *     in criu's protocol of each task's userfaultfd
 * @param lazy whether memory comes later, by userfaultfd; else all of it is read now
 * @param log absolute; gets the engine's log
 * @param verbosity of that log, 0 to 4
 * @param criuOptions more of criu's own options, as words: {@code --shell-job}. An engine refuses
 *     what it does not know
 * @param caller for whom
 */
public record RestoreRequest(
    Path imagesDir,
    Path workDir,
    boolean lazy,
    Path log,
    int verbosity,
    List<String> criuOptions,
    Caller caller) {
  public RestoreRequest {
    criuOptions = List.copyOf(criuOptions);
  }
}
