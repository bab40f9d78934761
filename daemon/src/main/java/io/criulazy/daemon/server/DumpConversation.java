package io.criulazy.daemon.server;

import io.criulazy.daemon.receive.DumpDirectory;
import io.criulazy.daemon.receive.IncomingDump;
import io.criulazy.proto.image.PagemapReader;
import io.criulazy.proto.pageserver.Command;
import io.criulazy.proto.pageserver.PagemapId;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a dumping criu says and is told, without its connection: hands the dump to an {@link
 * IncomingDump}, which is committed before CLOSE is answered. Waits for the disk. Safe for any
 * number of threads, one at a time.
 */
final class DumpConversation implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DumpConversation.class);

  private static final int FAILURE = -1;

  private final CriuRequests requests;
  private final DumpDirectory directory;
  private IncomingDump dump;
  private long payloadBytes;
  private State state = State.RECEIVING;

  /** What has happened so far. */
  enum State {
    /** The dump is not complete. */
    RECEIVING,
    /** It is, its images are there, and the client was told so: its turn to close. */
    COMMITTED,
    /** It was complete and could not be kept, and the client was told so. */
    FAILED,
    /** Nothing is kept that was not committed. */
    CLOSED
  }

  DumpConversation(CriuRequests requests, DumpDirectory directory) {
    this.requests = requests;
    this.directory = directory;
  }

  synchronized State state() {
    return state;
  }

  /** Whether the client has to say more before this makes sense. */
  synchronized boolean isIncomplete() {
    return state == State.RECEIVING && (payloadBytes > 0 || requests.hasUnread());
  }

  /**
   * Takes what the client sent.
   *
   * @param bytes owned by this from now on
   * @param answers what the client has to be sent is added here
   * @return whether that completed a request, or belonged to the pages of one
   * @throws IOException if it can't be done; the connection has to end
   */
  synchronized boolean take(ByteBufAllocator allocator, ByteBuf bytes, ByteBuf answers)
      throws IOException {
    requests.add(allocator, bytes);
    boolean progress = false;
    while (state == State.RECEIVING && (payloadBytes > 0 ? takePayload() : takeRequest(answers))) {
      progress = true;
    }
    if (state != State.RECEIVING) {
      requests.discard();
    }
    requests.trim();
    return progress;
  }

  private boolean takePayload() throws IOException {
    if (!requests.hasUnread()) {
      return false;
    }
    ByteBuf bytes = requests.unread();
    int count = (int) Math.min(payloadBytes, bytes.readableBytes());
    dump().pages(bytes.nioBuffer(bytes.readerIndex(), count));
    bytes.skipBytes(count);
    payloadBytes -= count;
    return true;
  }

  private boolean takeRequest(ByteBuf answers) throws IOException {
    if (!requests.next()) {
      return false;
    }
    Command command = Command.of(requests.command());
    if (command == null) {
      throw refused("no such request");
    }
    switch (command) {
      case OPEN -> dump().open(id());
      case OPEN2 -> answers.writeByte(dump().open(id()) ? 1 : 0);
      case PARENT -> answers.writeIntLE(directory.parentPagemap(id()).isPresent() ? 1 : 0);
      case ADD -> add(PagemapReader.PRESENT);
      case HOLE -> add(PagemapReader.PARENT);
      case ADD_F -> add(Command.flags(requests.command()));
      case CLOSE, FORCE_CLOSE -> answers.writeIntLE(commit());
      case GET ->
          throw refused("this server receives a dump; to serve images start one with --lazy-pages");
    }
    return true;
  }

  private void add(int flags) throws IOException {
    dump().entry(id(), requests.vaddr(), requests.pages(), flags);
    if ((flags & PagemapReader.PRESENT) != 0) {
      payloadBytes = requests.pages() * PagemapReader.PAGE_BYTES;
    }
  }

  private int commit() {
    try {
      dump().commit();
      state = State.COMMITTED;
      return 0;
    } catch (IOException e) {
      LOG.error("the dump into {} is given up: {}", directory.path(), e.toString());
      state = State.FAILED;
      return FAILURE;
    }
  }

  private IncomingDump dump() throws IOException {
    if (dump == null) {
      dump = directory.begin();
    }
    return dump;
  }

  private PagemapId id() throws RefusedRequestException {
    PagemapId id = PagemapId.of(requests.destination());
    if (id == null) {
      throw refused("no criu names an image so");
    }
    return id;
  }

  private RefusedRequestException refused(String why) {
    return new RefusedRequestException(
        "request 0x%x for 0x%x refused: %s"
            .formatted(requests.command(), requests.destination(), why));
  }

  /** Whether there was a request. */
  synchronized boolean hasBegun() {
    return requests.hasBegun();
  }

  /** Gives up what was not committed. */
  @Override
  public synchronized void close() throws IOException {
    if (state == State.CLOSED) {
      return;
    }
    state = State.CLOSED;
    requests.discard();
    if (dump != null) {
      dump.close();
    }
  }
}
