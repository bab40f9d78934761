/*
 * A ring of eight entries, made and used by hand: each request is submitted and reaped on its own.
 */
#ifndef SMALL_RING_H
#define SMALL_RING_H

#include "verdict.h"
#include <linux/io_uring.h>
#include <sys/syscall.h>

#ifndef IORING_SETUP_NO_MMAP
#define IORING_SETUP_NO_MMAP (1U << 14)
#endif

struct small_ring {
	int fd;
	unsigned tail, head, stride; /* stride: of entries, in the size of small ones */
	unsigned *sq_tail, *sq_array, *cq_head, *cq_tail;
	struct io_uring_sqe *sqes;
	struct io_uring_cqe *cqes;
};

static inline void *map(size_t bytes, int flags, int fd, off_t offset)
{
	void *p = mmap(0, bytes, PROT_READ | PROT_WRITE, flags | MAP_POPULATE, fd, offset);
	if (p == MAP_FAILED) {
		perror("mmap");
		exit(3);
	}
	return p;
}

static inline struct small_ring small_ring(unsigned flags, int attach)
{
	struct io_uring_params p = {.flags = flags, .sq_thread_idle = 20, .wq_fd = attach};
	struct small_ring r = {.stride = flags & IORING_SETUP_SQE128 ? 2 : 1};
	char *own = 0, *own_sqes = 0;
	if (flags & IORING_SETUP_NO_MMAP) {
		own = map(4096, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		own_sqes = map(4096, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		p.cq_off.resv2 = (uint64_t)own;
		p.sq_off.resv2 = (uint64_t)own_sqes;
	}
	r.fd = syscall(__NR_io_uring_setup, 8, &p);
	if (r.fd < 0) {
		perror("io_uring_setup");
		exit(3);
	}
	char *rings = own ? own : map(p.sq_off.array + 32, MAP_SHARED, r.fd, IORING_OFF_SQ_RING);
	r.sqes = (void *)(own ? own_sqes : map(8 * 64 * r.stride, MAP_SHARED, r.fd, IORING_OFF_SQES));
	r.sq_tail = (unsigned *)(rings + p.sq_off.tail);
	r.sq_array = (unsigned *)(rings + p.sq_off.array);
	r.cq_head = (unsigned *)(rings + p.cq_off.head);
	r.cq_tail = (unsigned *)(rings + p.cq_off.tail);
	r.cqes = (void *)(rings + p.cq_off.cqes);
	return r;
}

static inline void put(struct small_ring *r, struct io_uring_sqe sqe)
{
	r->sqes[(r->tail & 7) * r->stride] = sqe;
	r->sq_array[r->tail & 7] = r->tail & 7;
	__atomic_store_n(r->sq_tail, ++r->tail, __ATOMIC_RELEASE);
}

static inline void submit(struct small_ring *r, struct io_uring_sqe sqe)
{
	put(r, sqe);
	int n = syscall(__NR_io_uring_enter, r->fd, 1, 0, IORING_ENTER_SQ_WAKEUP, 0, 0);
	EXPECT(n == 1, "submitted %d", n);
}

/* Waits for the next completion and takes it out: its result, and what it was told by. */
static inline int reap_told(struct small_ring *r, uint64_t *told)
{
	while (__atomic_load_n(r->cq_tail, __ATOMIC_ACQUIRE) == r->head)
		syscall(__NR_io_uring_enter, r->fd, 0, 1, IORING_ENTER_GETEVENTS, 0, 0);
	struct io_uring_cqe *cqe = &r->cqes[r->head & 15];
	int result = cqe->res;
	*told = cqe->user_data;
	__atomic_store_n(r->cq_head, ++r->head, __ATOMIC_RELEASE);
	return result;
}

static inline int reap(struct small_ring *r)
{
	uint64_t told;
	return reap_told(r, &told);
}

static inline int reg(struct small_ring *r, unsigned operation, void *argument, unsigned count)
{
	int result = syscall(__NR_io_uring_register, r->fd, operation, argument, count);
	if (result < 0) {
		fprintf(stderr, "io_uring_register %u: %s\n", operation, strerror(errno));
		exit(3);
	}
	return result;
}

static inline void nops(struct small_ring *r, unsigned count)
{
	while (count--) {
		submit(r, (struct io_uring_sqe){.opcode = IORING_OP_NOP});
		EXPECT(reap(r) == 0, "a NOP has failed");
	}
}

#endif
