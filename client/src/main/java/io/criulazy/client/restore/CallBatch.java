package io.criulazy.client.restore;

import io.criulazy.client.sys.ForeignMemory;
import io.criulazy.client.sys.SysException;
import io.criulazy.client.trace.TracedThread;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * Calls that a husk makes one after the other without being stopped in between, up to the first
 * that fails: to stop it and let it go on again costs more than most calls do, above all where
 * others use the processors, too.
 *
 * <pre>
 * struct entry { u64 number, argument[6], result; } table[];
 * </pre>
 */
final class CallBatch {
  /**
   * {@code long f(entry *table, entry *end)}: the last result.
   *
   * <pre>
   *     mov rbx,rdi; mov rbp,rsi
   * 1:  mov rax,[rbx]; mov rdi,[rbx+8]; mov rsi,[rbx+16]; mov rdx,[rbx+24]
   *     mov r10,[rbx+32]; mov r8,[rbx+40]; mov r9,[rbx+48]
   *     syscall
   *     mov [rbx+56],rax
   *     cmp rax,-4095; jae 2f
   *     add rbx,64; cmp rbx,rbp; jb 1b
   * 2:  int3
   * </pre>
   */
  static final byte[] STUB =
      HexFormat.of()
          .parseHex(
              "4889fb4889f5"
                  + "488b03488b7b08488b7310488b5318"
                  + "4c8b53204c8b43284c8b4b30"
                  + "0f05"
                  + "48894338"
                  + "483d01f0ffff7309"
                  + "4883c3404839eb72ce"
                  + "cc");

  static final int ENTRY_BYTES = 64;
  private static final int RESULT_AT = 56;
  private static final int ARGUMENTS = 6;
  private static final long FIRST_ERROR = -4095;

  private final TracedThread thread;
  private final long stub;
  private final long table;
  private final int room;
  private final List<String> names = new ArrayList<>();
  private final ByteBuffer entries;

  /**
   * @param stub where {@link #STUB} lies in the thread's process
   * @param table where the table may lie
   * @param tableBytes its room
   */
  CallBatch(TracedThread thread, long stub, long table, long tableBytes) {
    this.thread = thread;
    this.stub = stub;
    this.table = table;
    this.room = (int) tableBytes / ENTRY_BYTES;
    this.entries = ForeignMemory.layout(room * ENTRY_BYTES);
  }

  boolean isEmpty() {
    return names.isEmpty();
  }

  boolean isFull() {
    return names.size() == room;
  }

  /**
   * Adds a call that has to succeed.
   *
   * @param what the call and what it is for
   */
  void add(String what, long number, long... arguments) {
    names.add(what);
    entries.putLong(number);
    for (int i = 0; i < ARGUMENTS; i++) {
      entries.putLong(i < arguments.length ? arguments[i] : 0);
    }
    entries.putLong(0);
  }

  /**
   * Has all of them made, in their order.
   *
   * @throws IOException naming the first that fails; those behind it are not made
   */
  void run() throws IOException {
    int bytes = names.size() * ENTRY_BYTES;
    byte[] filled = new byte[bytes];
    entries.get(0, filled);
    ForeignMemory memory = thread.process().memory();
    memory.write(table, filled);
    long last = thread.runStub(TracedThread.CALL_LIMIT, stub, table, table, table + bytes);
    if (last < 0 && last >= FIRST_ERROR) {
      fail(memory.read(table, bytes));
    }
    names.clear();
    entries.clear();
  }

  private void fail(byte[] done) throws SysException {
    ByteBuffer results = ByteBuffer.wrap(done).order(entries.order());
    for (int i = 0; i < names.size(); i++) {
      long result = results.getLong(i * ENTRY_BYTES + RESULT_AT);
      SysException.check(names.get(i), "the new " + thread, result);
    }
  }
}
