package io.criulazy.client.rings;

import io.criulazy.client.bpf.Kernel;
import io.criulazy.client.trace.ProcTasks;
import io.criulazy.client.trace.TracedProcess;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * The rings of a tree of processes, as they are found from outside, and why they can't be taken
 * away, if so. Changes nothing. What it tells is stable when all threads of the processes are
 * stopped. One thread at a time.
 */
public final class RingSurvey implements AutoCloseable {
  /**
   * So many requests are made up for when a ring is put back, unless said otherwise: some seconds.
   */
  public static final long PUMP_LIMIT = 100_000_000;

  private static final int OWN_PID = (int) ProcessHandle.current().pid();

  private final List<FoundProcess> processes = new ArrayList<>();
  private final long pumpLimit;
  private Kernel kernel;
  private String kernelRefusal = "";

  private RingSurvey(long pumpLimit) {
    this.pumpLimit = pumpLimit;
  }

  /**
   * Looks at processes. Without rings and AIO contexts it costs a look into /proc and no more.
   *
   * @param pumpLimit {@link #PUMP_LIMIT}
   */
  public static RingSurvey of(List<Integer> pids, long pumpLimit) throws IOException {
    RingSurvey survey = new RingSurvey(pumpLimit);
    try {
      for (int pid : pids) {
        survey.processes.add(FoundProcess.of(pid));
      }
      if (survey.hasRings() || survey.hasAio()) {
        survey.lookIntoKernel();
      }
      return survey;
    } catch (IOException | RuntimeException e) {
      survey.close();
      throw e;
    }
  }

  /** What there is to see where the kernel does not let its structures be read. */
  static RingSurvey withoutKernel(List<Integer> pids, long pumpLimit) throws IOException {
    RingSurvey survey = new RingSurvey(pumpLimit);
    survey.kernelRefusal = "not asked";
    for (int pid : pids) {
      survey.processes.add(FoundProcess.of(pid));
    }
    return survey;
  }

  /** What /proc tells of processes that may run, and no more. */
  static RingSurvey ofProc(List<Integer> pids) throws IOException {
    RingSurvey survey = new RingSurvey(0);
    for (int pid : pids) {
      survey.processes.add(FoundProcess.of(pid));
    }
    return survey;
  }

  List<Integer> pids() {
    return processes.stream().map(FoundProcess::pid).toList();
  }

  /** Whether there is anything in one of them that has to be looked at while it is stopped. */
  boolean concerns(int pid) {
    return processes.stream()
        .filter(process -> process.pid() == pid)
        .anyMatch(process -> process.hasRings() || !process.aioMappings().isEmpty());
  }

  /** Whether one of them has a ring. */
  boolean hasRings(int pid) {
    return processes.stream()
        .anyMatch(process -> process.pid() == pid && !process.rings().isEmpty());
  }

  private void lookIntoKernel() throws IOException {
    try {
      kernel = Kernel.open();
    } catch (IOException e) {
      kernelRefusal = e.getMessage();
      return;
    }
    for (FoundProcess process : processes) {
      process.lookInto(kernel);
    }
  }

  /** Whether any process has a ring, or mappings of one. */
  public boolean hasRings() {
    return processes.stream().anyMatch(FoundProcess::hasRings);
  }

  /** Whether any process has AIO contexts. */
  public boolean hasAio() {
    return processes.stream().anyMatch(process -> !process.aioMappings().isEmpty());
  }

  /**
   * Why the rings can't be taken away and put back: all causes that can be found while their
   * processes run; empty if there are none.
   */
  public List<String> refusals() throws IOException {
    List<String> refusals = new ArrayList<>();
    for (FoundProcess process : processes) {
      refusals(process, refusals);
      if (kernel != null && process.hasRings()) {
        refusals.addAll(RingRefusals.of(kernel, process, pumpLimit));
      }
    }
    return refusals;
  }

  /**
   * The same of processes that are stopped; without the kernel's structures probes tell more then.
   *
   * @param stopped all of its processes that have rings
   */
  List<String> refusals(List<TracedProcess> stopped) throws IOException {
    List<String> refusals = new ArrayList<>(refusals());
    for (TracedProcess traced : stopped) {
      for (FoundProcess process : processes) {
        if (kernel == null && process.pid() == traced.pid() && process.hasRings()) {
          refusals.addAll(ProbedRefusals.of(traced, process, pumpLimit));
        }
      }
    }
    return refusals;
  }

  private void refusals(FoundProcess process, List<String> refusals) {
    if (concerns(process.pid())) {
      namespace(process.pid(), refusals);
    }
    if (kernel == null && !process.aioMappings().isEmpty()) {
      refusals.add(
          "requests of AIO contexts of process %d can't be counted: %s (needs CAP_BPF and"
                  .formatted(process.pid(), kernelRefusal)
              + " CAP_PERFMON)");
    }
  }

  /**
   * Its images have the pids of that namespace, and its threads those numbers when they are back.
   */
  private static void namespace(int pid, List<String> refusals) {
    String[] numbers = ProcTasks.status(pid, "NSpid").orElse("").split("\\s+");
    String[] own = ProcTasks.status(OWN_PID, "NSpid").orElse("").split("\\s+");
    if (numbers.length > own.length) {
      refusals.add(
          "process %d is in a pid namespace of its own, as process %s: dump it from within"
              .formatted(pid, numbers[numbers.length - 1]));
    }
  }

  /** What there is, for people and programs. */
  public List<RingReport> report() throws IOException {
    List<RingReport> reports = new ArrayList<>();
    for (FoundProcess process : processes) {
      for (FoundRing ring : process.rings()) {
        reports.add(RingReport.of(ring, kernel == null ? null : process));
      }
    }
    return reports;
  }

  /** Why the kernel does not tell more; empty if it does. */
  public String kernelRefusal() {
    return kernelRefusal;
  }

  /** The kernel's structures; null if they can't be read. */
  Kernel kernel() {
    return kernel;
  }

  List<FoundProcess> processes() {
    return processes;
  }

  @Override
  public void close() {
    processes.forEach(FoundProcess::close);
    if (kernel != null) {
      kernel.close();
    }
  }
}
