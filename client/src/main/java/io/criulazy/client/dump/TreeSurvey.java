package io.criulazy.client.dump;

import io.criulazy.client.dump.files.FileTable;
import io.criulazy.client.dump.files.OpenFiles;
import io.criulazy.client.dump.memory.SysvSegments;
import io.criulazy.client.dump.proc.ProcFile;
import io.criulazy.client.dump.proc.ProcStat;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What can be seen of a tree of processes from outside, and all that the native engine does not
 * cover in it. Changes nothing. Of processes that run it is a guess, of stopped ones the truth.
 */
public final class TreeSurvey {
  /**
   * A descendant that has ended and waits for its parent.
   *
   * @param parent its pid
   */
  public record Zombie(int pid, int parent, ProcStat stat) {}

  private final Refusals refusals = new Refusals();
  private final FileTable files = new FileTable(refusals);
  private final SysvSegments segments = new SysvSegments(refusals);
  private final OpenFiles openFiles;
  private final Map<Integer, ProcessSurvey> processes = new LinkedHashMap<>();
  private final List<Zombie> zombies = new ArrayList<>();

  private TreeSurvey(NativeDumpOptions options) {
    openFiles = new OpenFiles(files, refusals, options.fileLocks(), options.shellJob());
  }

  /**
   * Looks at a process and all its descendants.
   *
   * @param options what is to be taken along, or refused
   */
  static TreeSurvey of(int rootPid, NativeDumpOptions options) throws IOException {
    TreeSurvey tree = new TreeSurvey(options);
    try {
      tree.look(rootPid, 0);
    } catch (NoSuchFileException e) {
      throw new IOException("process " + rootPid + " is not there, or has ended meanwhile", e);
    }
    SharedState.check(List.copyOf(tree.processes.keySet()), tree.refusals);
    tree.segments.checkOwners();
    tree.openFiles.pipes().checkEnds();
    tree.openFiles.sockets().checkPeers();
    return tree;
  }

  private void look(int pid, int parent) throws IOException {
    ProcStat stat = ProcStat.of(pid);
    if (stat.state() == 'Z' && parent != 0) {
      zombies.add(new Zombie(pid, parent, stat));
      return;
    }
    processes.put(pid, ProcessSurvey.of(pid, parent, stat, files, segments, openFiles, refusals));
    for (int child : children(pid)) {
      try {
        look(child, pid);
      } catch (NoSuchFileException e) {
        // It has ended and was reaped while its parent runs.
      }
    }
  }

  static List<Integer> children(int pid) throws IOException {
    List<Integer> children = new ArrayList<>();
    for (int tid : ProcessSurvey.threads(pid)) {
      for (String word : ProcFile.text(pid, "task/" + tid + "/children").trim().split(" ")) {
        if (!word.isEmpty()) {
          children.add(Integer.valueOf(word));
        }
      }
    }
    return children;
  }

  /** What is not covered. */
  public List<String> refusals() {
    return refusals.causes();
  }

  /** The processes, parents before children. */
  public List<ProcessSurvey> processes() {
    return List.copyOf(processes.values());
  }

  /** Ended ones. */
  public List<Zombie> zombies() {
    return List.copyOf(zombies);
  }

  /** The files of all processes. */
  public FileTable files() {
    return files;
  }

  /** System V shared memory. */
  public SysvSegments segments() {
    return segments;
  }

  /** The open ones. */
  public OpenFiles openFiles() {
    return openFiles;
  }
}
