/*
 * A process whose rings can't be taken away, or not at once.
 *
 * usage: ring-refusals FILE case=NAME
 *   poll       a poll of a pipe that stays empty is in flight; "go" writes to the pipe
 *   late       a read of a pipe that a child writes to after half a second
 *   cancelled  as poll, but the request is expected to be cancelled
 *   shared     a child has the ring, too
 *   provided   a group of provided buffers is registered
 *   closed     a registered file that the process has closed
 *   attach     a second ring shares the polling thread of the first
 *   nommap     the ring's memory is the process's own
 *   aio        an AIO poll of a pipe that stays empty
 * After "go" it makes the request complete, checks its result and goes on with others.
 */
#define _GNU_SOURCE
#include "verdict.h"
#include <linux/aio_abi.h>
#include <linux/io_uring.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#ifndef IORING_SETUP_NO_MMAP
#define IORING_SETUP_NO_MMAP (1U << 14)
#endif

static int ring, ends[2];
static unsigned *sq_tail, *sq_array, *cq_head, *cq_tail;
static struct io_uring_sqe *sqes;
static struct io_uring_cqe *cqes;
static unsigned mask = 7, cq_mask = 15, tail, head;
static int result_expected;

#define MUST(condition, ...)                   \
	do {                                   \
		add(&verdict->checks, 1);      \
		if (!(condition)) {            \
			add(&verdict->failures, 1); \
			tell(__VA_ARGS__);     \
		}                              \
	} while (0)

static void *map(size_t bytes, int flags, int fd, off_t offset)
{
	void *p = mmap(0, bytes, PROT_READ | PROT_WRITE, flags | MAP_POPULATE, fd, offset);
	if (p == MAP_FAILED) {
		perror("mmap");
		exit(3);
	}
	return p;
}

static void set_up(unsigned flags, int attach)
{
	struct io_uring_params p = {.flags = flags, .sq_thread_idle = 20, .wq_fd = attach};
	char *own = 0, *own_sqes = 0;
	if (flags & IORING_SETUP_NO_MMAP) {
		own = map(4096, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		own_sqes = map(4096, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		p.cq_off.resv2 = (uint64_t)own;
		p.sq_off.resv2 = (uint64_t)own_sqes;
	}
	ring = syscall(__NR_io_uring_setup, 8, &p);
	if (ring < 0) {
		perror("io_uring_setup");
		exit(3);
	}
	char *rings = own ? own : map(p.sq_off.array + 32, MAP_SHARED, ring, IORING_OFF_SQ_RING);
	sqes = (void *)(own ? own_sqes : map(8 * 64, MAP_SHARED, ring, IORING_OFF_SQES));
	sq_tail = (unsigned *)(rings + p.sq_off.tail);
	sq_array = (unsigned *)(rings + p.sq_off.array);
	cq_head = (unsigned *)(rings + p.cq_off.head);
	cq_tail = (unsigned *)(rings + p.cq_off.tail);
	cqes = (void *)(rings + p.cq_off.cqes);
	tail = head = 0;
}

static void submit(struct io_uring_sqe sqe)
{
	sqes[tail & mask] = sqe;
	sq_array[tail & mask] = tail & mask;
	__atomic_store_n(sq_tail, ++tail, __ATOMIC_RELEASE);
	int r = syscall(__NR_io_uring_enter, ring, 1, 0, IORING_ENTER_SQ_WAKEUP, 0, 0);
	MUST(r == 1, "submitted %d", r);
}

static int reap(void)
{
	while (__atomic_load_n(cq_tail, __ATOMIC_ACQUIRE) == head)
		syscall(__NR_io_uring_enter, ring, 0, 1, IORING_ENTER_GETEVENTS, 0, 0);
	int result = cqes[head & cq_mask].res;
	__atomic_store_n(cq_head, ++head, __ATOMIC_RELEASE);
	return result;
}

/* Before the ring is made: it has no part in it. */
static void write_late(void)
{
	if (fork())
		return;
	while (verdict->state == 0)
		nap();
	struct timespec half = {0, 500000000};
	nanosleep(&half, 0);
	_exit(write(ends[1], "late", 4) != 4);
}

static void reg(unsigned operation, void *argument, unsigned count)
{
	if (syscall(__NR_io_uring_register, ring, operation, argument, count) < 0) {
		perror("io_uring_register");
		exit(3);
	}
}

static void spoil(const char *name)
{
	static char buffer[64];
	static struct iocb request;
	static aio_context_t context;
	if (!strcmp(name, "poll") || !strcmp(name, "cancelled")) {
		submit((struct io_uring_sqe){
			.opcode = IORING_OP_POLL_ADD, .fd = ends[0], .poll32_events = POLLIN, .user_data = 1});
		result_expected = *name == 'c' ? -ECANCELED : POLLIN;
	} else if (!strcmp(name, "late")) {
		submit((struct io_uring_sqe){
			.opcode = IORING_OP_READ, .fd = ends[0], .addr = (uint64_t)buffer, .len = 64, .off = -1});
		result_expected = 4;
	} else if (!strcmp(name, "shared")) {
		if (!fork())
			while (1)
				pause();
	} else if (!strcmp(name, "provided")) {
		struct io_uring_buf_reg group = {
			.ring_addr = (uint64_t)map(4096, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), .ring_entries = 8};
		reg(IORING_REGISTER_PBUF_RING, &group, 1);
	} else if (!strcmp(name, "closed")) {
		int file = dup(ends[0]);
		int other[2];
		if (pipe(other))
			exit(3);
		reg(IORING_REGISTER_FILES, other, 1);
		close(other[0]);
		close(file);
	} else if (!strcmp(name, "attach")) {
		set_up(IORING_SETUP_SQPOLL | IORING_SETUP_ATTACH_WQ, ring);
	} else if (!strcmp(name, "aio")) {
		struct iocb *pointer = &request;
		request = (struct iocb){.aio_lio_opcode = IOCB_CMD_POLL, .aio_fildes = ends[0], .aio_buf = POLLIN};
		if (syscall(__NR_io_setup, 4, &context) || syscall(__NR_io_submit, context, 1, &pointer) != 1)
			exit(3);
	}
}

int main(int argc, char **argv)
{
	const char *name = argc > 2 ? strchr(argv[2], '=') : 0;
	if (!name)
		return 2;
	name++;
	verdict_open(argv[1], 4096);
	if (pipe(ends))
		return 3;
	if (!strcmp(name, "late"))
		write_late();
	set_up(!strcmp(name, "attach")   ? IORING_SETUP_SQPOLL
	       : !strcmp(name, "nommap") ? IORING_SETUP_NO_MMAP
					 : 0,
	       0);
	spoil(name);
	verdict->state = 1;
	while (verdict->command != 1)
		nap();
	if (!strcmp(name, "poll"))
		MUST(write(ends[1], "x", 1) == 1, "write");
	if (result_expected) {
		int r = reap();
		MUST(r == result_expected, "result %d, expected %d", r, result_expected);
	}
	for (int i = 0; i < 50; i++) {
		submit((struct io_uring_sqe){.opcode = IORING_OP_NOP});
		MUST(reap() == 0, "a NOP has failed");
	}
	verdict->state = 2;
	return 0;
}
