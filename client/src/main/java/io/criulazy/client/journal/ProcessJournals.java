package io.criulazy.client.journal;

import io.criulazy.client.fault.ProcessRecord;
import io.criulazy.client.sys.RunningProcess;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The journals of the processes of one restore. Owned by the fault loop's thread. */
public final class ProcessJournals {
  private static final String PREFIX = "process-";

  private final Path directory;
  private final SessionJournal session;

  ProcessJournals(Path directory, SessionJournal session) {
    this.directory = directory;
    this.session = session;
  }

  /** Whether there is any in a directory. */
  static boolean anyIn(Path directory) throws IOException {
    try (DirectoryStream<Path> journals = Files.newDirectoryStream(directory, PREFIX + "*")) {
      return journals.iterator().hasNext();
    }
  }

  /** Begins the journal of a process. */
  public ProcessJournal create(String process, int uffd, Optional<RunningProcess> running)
      throws IOException {
    ProcessJournal journal = ProcessJournal.create(pathOf(process), session);
    running.ifPresent(journal::setProcess);
    journal.setUffd(uffd);
    return journal;
  }

  /**
   * The same for a process that is being served: one that can't be recorded is served all the same,
   * but nothing can be resumed any more.
   */
  public ProcessRecord record(String process, int uffd, Optional<RunningProcess> running) {
    try {
      return create(process, uffd, running);
    } catch (IOException e) {
      session.notRecorded(pathOf(process), e);
      return ProcessRecord.none();
    }
  }

  /** Opens the journal of a process, or returns null if it has none. */
  public ProcessJournal open(String process) throws IOException {
    Path path = pathOf(process);
    return Files.exists(path) ? ProcessJournal.open(path, session) : null;
  }

  private Path pathOf(String process) {
    return directory.resolve(PREFIX + process.replace('/', '.'));
  }

  /** Whether all processes that there have been are complete, and there has been one. */
  public boolean areAllServed() throws IOException {
    List<ProcessHeader> begun = begun();
    return !begun.isEmpty() && begun.stream().allMatch(ProcessHeader::isComplete);
  }

  /**
   * Whether all that are not complete are known to have exited. Of a child that a process has
   * forked since the restore nobody knows the pid: it may live.
   */
  public boolean areAllDead() throws IOException {
    List<ProcessHeader> unserved = unserved();
    return !unserved.isEmpty()
        && unserved.stream()
            .allMatch(each -> each.process().isPresent() && !each.process().get().isAlive());
  }

  /** Who is not complete and lives, for people. */
  public String survivors() throws IOException {
    List<ProcessHeader> unserved = unserved();
    List<Integer> living =
        unserved.stream()
            .flatMap(each -> each.process().stream())
            .filter(RunningProcess::isAlive)
            .map(RunningProcess::pid)
            .toList();
    long unknown = unserved.stream().filter(each -> each.process().isEmpty()).count();
    return "pid "
        + living
        + (unknown == 0
            ? ""
            : " and, if they live, %d that were forked since: look for them, nobody has told their pids"
                .formatted(unknown));
  }

  List<ProcessHeader> unserved() throws IOException {
    return begun().stream().filter(process -> !process.isComplete()).toList();
  }

  private List<ProcessHeader> begun() throws IOException {
    List<ProcessHeader> headers = new ArrayList<>();
    try (DirectoryStream<Path> journals = Files.newDirectoryStream(directory, PREFIX + "*")) {
      for (Path path : journals) {
        ProcessHeader.read(path).ifPresent(headers::add);
      }
    }
    return headers;
  }
}
