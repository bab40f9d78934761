package io.criulazy.client.fault;

import io.criulazy.client.sys.RunningProcess;
import io.criulazy.client.sys.Uffd;
import io.criulazy.client.sys.UnixConnection;
import io.criulazy.client.sys.UnixListener;
import io.criulazy.client.testing.CProgram;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A running {@code uffd-victim}: a process that does what a test says while its memory is lazy. */
final class UffdVictim implements AutoCloseable {
  private static final int SECONDS = 20;

  private final Process process;
  private final PrintWriter commands;
  private final Map<String, CompletableFuture<String>> answers = new ConcurrentHashMap<>();
  private final AtomicInteger ids = new AtomicInteger();
  private final UnixConnection connection;
  private final Uffd uffd;

  UffdVictim(Path directory) throws Exception {
    Path socket = directory.resolve("victim.socket");
    try (UnixListener listener = new UnixListener(socket)) {
      listener.listen();
      process =
          new ProcessBuilder(CProgram.build("uffd-victim").toString(), socket.toString())
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      connection = accept(listener);
      uffd = receiveUffd();
    }
    commands = new PrintWriter(process.outputWriter(), true);
    Thread reader = new Thread(this::readAnswers, "victim's answers");
    reader.setDaemon(true);
    reader.start();
  }

  private static UnixConnection accept(UnixListener listener) throws Exception {
    UnixConnection accepted;
    while ((accepted = listener.accept()) == null) {
      Thread.sleep(1);
    }
    return accepted;
  }

  private Uffd receiveUffd() throws Exception {
    int fd;
    int pidBytes = 4;
    do {
      int received = connection.receive(Math.max(pidBytes, 1));
      pidBytes -= Math.max(received, 0);
      fd = connection.takeDescriptor();
      Thread.sleep(1);
    } while (fd < 0);
    return new Uffd(fd);
  }

  /** The victim's userfaultfd; closed by whoever serves it. */
  Uffd uffd() {
    return uffd;
  }

  /** Itself. */
  RunningProcess running() {
    return RunningProcess.of((int) process.pid());
  }

  /** Starts a command; the answer comes when it is done. */
  CompletableFuture<String> start(String command) {
    String id = "c" + ids.incrementAndGet();
    CompletableFuture<String> answer = new CompletableFuture<>();
    answers.put(id, answer);
    synchronized (commands) {
      commands.println(id + " " + command);
    }
    return answer;
  }

  /** Carries a command out and waits for its answer. */
  String call(String command) throws Exception {
    return start(command).get(SECONDS, TimeUnit.SECONDS);
  }

  /** The same for a command whose answer is a number. */
  long number(String command) throws Exception {
    return Long.parseUnsignedLong(call(command), 16);
  }

  private void readAnswers() {
    try (BufferedReader lines = process.inputReader()) {
      for (String line; (line = lines.readLine()) != null; ) {
        int space = line.indexOf(' ');
        answers.remove(line.substring(0, space)).complete(line.substring(space + 1));
      }
    } catch (IOException e) {
      // The victim has ended; who still waits for it learns so by the time-out.
      return;
    }
  }

  void kill() throws Exception {
    process.destroyForcibly();
    awaitEnd();
  }

  void awaitEnd() throws Exception {
    if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
      throw new AssertionError("the victim lives");
    }
  }

  @Override
  public void close() throws IOException {
    connection.close();
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }
}
