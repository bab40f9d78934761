package io.criulazy.client.rings;

/**
 * The kernel's io_uring interface, as far as it is used here (uapi linux/io_uring.h).
 *
 * <pre>
 * struct io_uring_params {                                    // 120 bytes
 *   u32 sq_entries, cq_entries, flags, sq_thread_cpu, sq_thread_idle, features, wq_fd, resv[3];
 *   struct { u32 head, tail, ring_mask, ring_entries, flags, dropped, array, resv1; u64 user_addr; }
 *       sq_off;                                               // at 40
 *   struct { u32 head, tail, ring_mask, ring_entries, overflow, cqes, flags, resv1; u64 user_addr; }
 *       cq_off;                                               // at 80
 * };
 * struct io_rings {                                           // what sq_off and cq_off tell
 *   u32 sq_head, sq_tail, cq_head, cq_tail, sq_mask, cq_mask, sq_entries, cq_entries,
 *       sq_dropped, sq_flags, cq_flags, cq_overflow;          // 0 to 48
 *   struct io_uring_cqe cqes[];                               // at 64; then the index array
 * };
 * struct io_uring_cqe { u64 user_data; s32 res; u32 flags; u64 big_cqe[]; };
 * </pre>
 */
final class Uring {

  static final int PARAMS_BYTES = 120;
  static final int PARAMS_CQ_ENTRIES = 4;
  static final int PARAMS_FLAGS = 8;
  static final int PARAMS_SQ_THREAD_CPU = 12;
  static final int PARAMS_SQ_THREAD_IDLE = 16;
  static final int PARAMS_SQ_ARRAY = 64;
  static final int PARAMS_CQES = 100;

  static final int SETUP_IOPOLL = 1;
  static final int SETUP_SQPOLL = 1 << 1;
  static final int SETUP_SQ_AFF = 1 << 2;
  static final int SETUP_CQSIZE = 1 << 3;
  static final int SETUP_CLAMP = 1 << 4;
  static final int SETUP_ATTACH_WQ = 1 << 5;
  static final int SETUP_R_DISABLED = 1 << 6;
  static final int SETUP_SUBMIT_ALL = 1 << 7;
  static final int SETUP_COOP_TASKRUN = 1 << 8;
  static final int SETUP_TASKRUN_FLAG = 1 << 9;
  static final int SETUP_SQE128 = 1 << 10;
  static final int SETUP_CQE32 = 1 << 11;
  static final int SETUP_SINGLE_ISSUER = 1 << 12;
  static final int SETUP_DEFER_TASKRUN = 1 << 13;
  static final int SETUP_NO_MMAP = 1 << 14;
  static final int SETUP_REGISTERED_FD_ONLY = 1 << 15;
  static final int SETUP_NO_SQARRAY = 1 << 16;

  static final int SQ_HEAD = 0;
  static final int SQ_TAIL = 4;
  static final int CQ_HEAD = 8;
  static final int CQ_TAIL = 12;
  static final int SQ_DROPPED = 32;
  static final int SQ_FLAGS = 36;
  static final int CQ_FLAGS = 40;
  static final int CQ_OVERFLOW = 44;
  static final int CQES = 64;

  static final int ENTER_GETEVENTS = 1;
  static final int ENTER_SQ_WAKEUP = 2;
  static final int ENTER_REGISTERED_RING = 1 << 4;

  static final int SQ_NEED_WAKEUP = 1;
  static final int SQ_TASKRUN = 1 << 2;

  static final long OFFSET_RINGS = 0;
  static final long OFFSET_CQ_RING = 0x8000000L;
  static final long OFFSET_SQES = 0x10000000L;
  static final long OFFSET_ZCRX = 0x30000000L;

  static final int REGISTER_EVENTFD = 4;
  static final int UNREGISTER_EVENTFD = 5;
  static final int REGISTER_EVENTFD_ASYNC = 7;
  static final int REGISTER_PERSONALITY = 9;
  static final int UNREGISTER_PERSONALITY = 10;
  static final int REGISTER_RESTRICTIONS = 11;
  static final int REGISTER_FILES2 = 13;
  static final int REGISTER_FILES_UPDATE2 = 14;
  static final int REGISTER_BUFFERS2 = 15;
  static final int REGISTER_BUFFERS_UPDATE = 16;
  static final int REGISTER_IOWQ_MAX_WORKERS = 19;
  static final int REGISTER_RING_FDS = 20;
  static final int UNREGISTER_RING_FDS = 21;
  static final int REGISTER_SYNC_CANCEL = 24;
  static final int REGISTER_FILE_ALLOC_RANGE = 25;
  static final int REGISTER_PBUF_STATUS = 26;
  static final int REGISTER_NAPI = 27;
  static final int REGISTER_SEND_MSG_RING = 31;
  static final int REGISTER_MEM_REGION = 34;

  static final int RSRC_REGISTER_SPARSE = 1;

  static final int OP_NOP = 0;
  static final int OP_POLL_ADD = 6;
  static final int OP_FILES_UPDATE = 20;
  static final int OP_MSG_RING = 40;
  static final int OP_FIXED_FD_INSTALL = 54;
  static final int OP_NONE = 255;
  static final int MSG_RING_FLAGS_PASS = 2;
  static final int SQE_FIXED_FILE = 1;
  static final int SQE_IO_DRAIN = 1 << 1;
  static final int SQE_ASYNC = 1 << 4;
  static final int SQE_CQE_SKIP_SUCCESS = 1 << 6;

  private Uring() {}

  static int sqeBytes(int setupFlags) {
    return (setupFlags & SETUP_SQE128) != 0 ? 128 : 64;
  }

  static int cqeBytes(int setupFlags) {
    return (setupFlags & SETUP_CQE32) != 0 ? 32 : 16;
  }
}
