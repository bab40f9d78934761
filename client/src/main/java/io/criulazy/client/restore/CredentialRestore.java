package io.criulazy.client.restore;

import io.criulazy.client.sys.ForeignMemory;
import io.criulazy.client.sys.SyscallNumbers;
import io.criulazy.proto.image.task.Credentials;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/** Makes a thread of a husk who it was: the last thing that needs rights is this itself. */
final class CredentialRestore {
  private static final int PR_CAPBSET_READ = 23;
  private static final int PR_CAPBSET_DROP = 24;
  private static final int PR_SET_SECUREBITS = 28;
  private static final int PR_SET_NO_NEW_PRIVS = 38;
  private static final int PR_CAP_AMBIENT = 47;
  private static final int PR_CAP_AMBIENT_RAISE = 2;
  private static final int PR_CAP_AMBIENT_CLEAR_ALL = 4;
  private static final int KEEP_CAPABILITIES_WHEN_UID_CHANGES = 1 << 2; // SECBIT_NO_SETUID_FIXUP
  private static final int CAPABILITY_VERSION_3 = 0x20080522;
  private static final int CAPABILITIES = 41;

  private final Workshop workshop;
  private final Credentials saved;

  CredentialRestore(Workshop workshop, Credentials saved) {
    this.workshop = workshop;
    this.saved = saved;
  }

  void set() throws IOException {
    prctl("PR_SET_SECUREBITS", PR_SET_SECUREBITS, KEEP_CAPABILITIES_WHEN_UID_CHANGES, 0);
    setIds();
    prctl("PR_SET_SECUREBITS", PR_SET_SECUREBITS, saved.securebits(), 0);
    dropFromBoundingSet();
    setCapabilities();
    setAmbient();
    if (saved.noNewPrivs().orElse(0) != 0) {
      prctl("PR_SET_NO_NEW_PRIVS", PR_SET_NO_NEW_PRIVS, 1, 0);
    }
    workshop.flush();
  }

  private void setIds() throws IOException {
    ByteBuffer groups = ForeignMemory.layout(Math.max(1, saved.groups().size()) * Integer.BYTES);
    saved.groups().forEach(groups::putInt);
    long address = workshop.put(groups.array());
    workshop.later("setgroups", SyscallNumbers.SETGROUPS, saved.groups().size(), address);
    workshop.later("setresgid", SyscallNumbers.SETRESGID, saved.gid(), saved.egid(), saved.sgid());
    workshop.later("setfsgid", SyscallNumbers.SETFSGID, saved.fsgid());
    workshop.later("setresuid", SyscallNumbers.SETRESUID, saved.uid(), saved.euid(), saved.suid());
    workshop.later("setfsuid", SyscallNumbers.SETFSUID, saved.fsuid());
  }

  private void dropFromBoundingSet() throws IOException {
    for (int capability = 0; capability < CAPABILITIES; capability++) {
      if (!has(saved.bounding(), capability) && isInOwnBoundingSet(capability)) {
        prctl("PR_CAPBSET_DROP", PR_CAPBSET_DROP, capability, 0);
      }
    }
  }

  private boolean isInOwnBoundingSet(int capability) throws IOException {
    return workshop.call(SyscallNumbers.PRCTL, PR_CAPBSET_READ, capability, 0, 0, 0) == 1;
  }

  private void setCapabilities() throws IOException {
    ByteBuffer header = ForeignMemory.layout(8).putInt(CAPABILITY_VERSION_3).putInt(0);
    ByteBuffer data = ForeignMemory.layout(24);
    for (int word = 0; word < 2; word++) {
      data.putInt(word(saved.effective(), word));
      data.putInt(word(saved.permitted(), word));
      data.putInt(word(saved.inheritable(), word));
    }
    long headerAddress = workshop.put(header.array());
    long dataAddress = workshop.put(data.array());
    workshop.later("capset", SyscallNumbers.CAPSET, headerAddress, dataAddress);
  }

  private void setAmbient() throws IOException {
    prctl("PR_CAP_AMBIENT", PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0);
    for (int capability = 0; capability < CAPABILITIES; capability++) {
      if (has(saved.ambient(), capability)) {
        prctl("PR_CAP_AMBIENT", PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability);
      }
    }
  }

  private void prctl(String name, int option, long a, long b) throws IOException {
    workshop.later("prctl(" + name + ")", SyscallNumbers.PRCTL, option, a, b, 0, 0);
  }

  private static int word(List<Integer> words, int index) {
    return index < words.size() ? words.get(index) : 0;
  }

  private static boolean has(List<Integer> words, int capability) {
    return (word(words, capability / Integer.SIZE) >>> capability % Integer.SIZE & 1) != 0;
  }
}
