package io.criulazy.client.rings;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.StringJoiner;

/** IORING_SETUP_... by their names, and which of them can be put back. */
final class RingFlags {
  private static final int SUPPORTED =
      Uring.SETUP_SQPOLL
          | Uring.SETUP_SQ_AFF
          | Uring.SETUP_CQSIZE
          | Uring.SETUP_CLAMP
          | Uring.SETUP_R_DISABLED
          | Uring.SETUP_SUBMIT_ALL
          | Uring.SETUP_COOP_TASKRUN
          | Uring.SETUP_TASKRUN_FLAG
          | Uring.SETUP_SQE128
          | Uring.SETUP_CQE32
          | Uring.SETUP_SINGLE_ISSUER
          | Uring.SETUP_DEFER_TASKRUN
          | Uring.SETUP_NO_SQARRAY;

  private static final Map<Integer, String> NAMES = new LinkedHashMap<>();

  static {
    NAMES.put(Uring.SETUP_IOPOLL, "IOPOLL");
    NAMES.put(Uring.SETUP_SQPOLL, "SQPOLL");
    NAMES.put(Uring.SETUP_SQ_AFF, "SQ_AFF");
    NAMES.put(Uring.SETUP_CQSIZE, "CQSIZE");
    NAMES.put(Uring.SETUP_CLAMP, "CLAMP");
    NAMES.put(Uring.SETUP_ATTACH_WQ, "ATTACH_WQ");
    NAMES.put(Uring.SETUP_R_DISABLED, "R_DISABLED");
    NAMES.put(Uring.SETUP_SUBMIT_ALL, "SUBMIT_ALL");
    NAMES.put(Uring.SETUP_COOP_TASKRUN, "COOP_TASKRUN");
    NAMES.put(Uring.SETUP_TASKRUN_FLAG, "TASKRUN_FLAG");
    NAMES.put(Uring.SETUP_SQE128, "SQE128");
    NAMES.put(Uring.SETUP_CQE32, "CQE32");
    NAMES.put(Uring.SETUP_SINGLE_ISSUER, "SINGLE_ISSUER");
    NAMES.put(Uring.SETUP_DEFER_TASKRUN, "DEFER_TASKRUN");
    NAMES.put(Uring.SETUP_NO_MMAP, "NO_MMAP");
    NAMES.put(Uring.SETUP_REGISTERED_FD_ONLY, "REGISTERED_FD_ONLY");
    NAMES.put(Uring.SETUP_NO_SQARRAY, "NO_SQARRAY");
    NAMES.put(1 << 17, "HYBRID_IOPOLL");
    NAMES.put(1 << 18, "CQE_MIXED");
  }

  private RingFlags() {}

  /** Those of the flags that can't be put back. */
  static int unsupported(int flags) {
    return flags & ~SUPPORTED;
  }

  /** {@code SQPOLL|CQSIZE}, or {@code none}. */
  static String describe(int flags) {
    StringJoiner names = new StringJoiner("|").setEmptyValue("none");
    int rest = flags;
    for (Map.Entry<Integer, String> name : NAMES.entrySet()) {
      if ((flags & name.getKey()) != 0) {
        names.add(name.getValue());
        rest &= ~name.getKey();
      }
    }
    return rest == 0 ? names.toString() : names.add("0x" + Integer.toHexString(rest)).toString();
  }
}
