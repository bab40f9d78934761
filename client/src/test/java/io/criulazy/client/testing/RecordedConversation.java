package io.criulazy.client.testing;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

/**
 * What a client says to a server, recorded on its way by standing between them, and said again to
 * another server: two dumps of one process are never the same, for the kernel writes into it
 * (rseq).
 */
public final class RecordedConversation implements AutoCloseable {
  private final ServerSocket listener;
  private final ByteArrayOutputStream said = new ByteArrayOutputStream();
  private final Thread relay;

  /** Stands in front of the server with this port of 127.0.0.1, for one client. */
  public RecordedConversation(int serverPort) {
    try {
      listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    relay = new Thread(() -> relay(serverPort), "relay");
    relay.start();
  }

  /** Where the client is to connect to. */
  public int port() {
    return listener.getLocalPort();
  }

  private void relay(int serverPort) {
    try (Socket client = listener.accept();
        Socket server = new Socket(InetAddress.getLoopbackAddress(), serverPort)) {
      Thread back = new Thread(() -> pump(server, client, OutputStream.nullOutputStream()));
      back.start();
      pump(client, server, said);
      back.join();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void pump(Socket from, Socket to, OutputStream copy) {
    byte[] buffer = new byte[64 << 10];
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        copy.write(buffer, 0, count);
        out.write(buffer, 0, count);
      }
      to.shutdownOutput();
    } catch (IOException e) {
      // One side is gone: the other one sees that by its own means.
    }
  }

  /** Waits until the client is gone, says all of it again, and waits for the server to close. */
  public void repeatTo(int otherPort) {
    try {
      relay.join();
      try (Socket server = new Socket(InetAddress.getLoopbackAddress(), otherPort)) {
        server.getOutputStream().write(said.toByteArray());
        server.shutdownOutput();
        server.getInputStream().transferTo(OutputStream.nullOutputStream());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
  }

  @Override
  public void close() {
    try {
      listener.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
