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
 *   legacy, restricted, napi, clock, waits, iopoll, personality   what they say, of a ring
 *   owner      the thread to which alone the ring belongs has ended
 *   fdonly     a ring that has no descriptor
 * After "go" it makes the request complete, checks its result and goes on with others.
 */
#define _GNU_SOURCE
#include "small-ring.h"
#include <linux/aio_abi.h>
#include <poll.h>
#include <pthread.h>
#include <sys/wait.h>

static struct small_ring ring;
static int ends[2];
static int result_expected;

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

static void spoil(const char *name)
{
	static char buffer[64];
	static struct iocb request;
	static aio_context_t context;
	if (!strcmp(name, "poll") || !strcmp(name, "cancelled")) {
		submit(&ring, (struct io_uring_sqe){
			.opcode = IORING_OP_POLL_ADD, .fd = ends[0], .poll32_events = POLLIN, .user_data = 1});
		result_expected = *name == 'c' ? -ECANCELED : POLLIN;
	} else if (!strcmp(name, "late")) {
		submit(&ring, (struct io_uring_sqe){
			.opcode = IORING_OP_READ, .fd = ends[0], .addr = (uint64_t)buffer, .len = 64, .off = -1});
		result_expected = 4;
	} else if (!strcmp(name, "shared")) {
		if (!fork())
			while (1)
				pause();
	} else if (!strcmp(name, "provided")) {
		struct io_uring_buf_reg group = {
			.ring_addr = (uint64_t)map(4096, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), .ring_entries = 8};
		reg(&ring, IORING_REGISTER_PBUF_RING, &group, 1);
	} else if (!strcmp(name, "closed")) {
		int file = dup(ends[0]);
		int other[2];
		if (pipe(other))
			exit(3);
		reg(&ring, IORING_REGISTER_FILES, other, 1);
		close(other[0]);
		close(file);
	} else if (!strcmp(name, "attach")) {
		ring = small_ring(IORING_SETUP_SQPOLL | IORING_SETUP_ATTACH_WQ, ring.fd);
	} else if (!strcmp(name, "restricted")) {
		struct io_uring_restriction only = {.opcode = 1 /* SQE_OP */, .sqe_op = IORING_OP_NOP};
		reg(&ring, IORING_REGISTER_RESTRICTIONS, &only, 1);
		reg(&ring, IORING_REGISTER_ENABLE_RINGS, 0, 0);
	} else if (!strcmp(name, "napi")) {
		struct { uint32_t busy_poll_to; uint8_t prefer, opcode, pad[2]; uint32_t tracking, resv; } napi = {
			.busy_poll_to = 1};
		reg(&ring, 27, &napi, 1);
	} else if (!strcmp(name, "clock")) {
		struct { uint32_t clockid, resv[3]; } clock = {.clockid = 7 /* BOOTTIME */};
		reg(&ring, 29, &clock, 0);
	} else if (!strcmp(name, "legacy")) {
		submit(&ring, (struct io_uring_sqe){.opcode = IORING_OP_PROVIDE_BUFFERS, .fd = 1,
			.addr = (uint64_t)buffer, .len = sizeof(buffer), .buf_group = 3});
		if (reap(&ring) < 0)
			exit(3);
	} else if (!strcmp(name, "fdonly")) {
		struct io_uring_params p = {.flags = IORING_SETUP_NO_MMAP | 1U << 15};
		p.cq_off.resv2 = (uint64_t)map(4096, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		p.sq_off.resv2 = (uint64_t)map(4096, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		if (syscall(__NR_io_uring_setup, 8, &p) < 0)
			exit(3);
	} else if (!strcmp(name, "personality")) {
		if (reg(&ring, IORING_REGISTER_PERSONALITY, 0, 0) < 0 || setuid(65534))
			exit(3);
	} else if (!strcmp(name, "waits")) {
		void *page = map(4096, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		struct { uint64_t user_addr, size; uint32_t flags, id; uint64_t mmap_offset, resv[4]; } region = {
			.user_addr = (uint64_t)page, .size = 4096, .flags = 1};
		struct { uint64_t region, flags, resv[2]; } memory = {.region = (uint64_t)&region, .flags = 1};
		close(ring.fd);
		ring = small_ring(IORING_SETUP_R_DISABLED, 0);
		reg(&ring, 34, &memory, 1);
		reg(&ring, IORING_REGISTER_ENABLE_RINGS, 0, 0);
	} else if (!strcmp(name, "aio")) {
		struct iocb *pointer = &request;
		request = (struct iocb){.aio_lio_opcode = IOCB_CMD_POLL, .aio_fildes = ends[0], .aio_buf = POLLIN};
		if (syscall(__NR_io_setup, 4, &context) || syscall(__NR_io_submit, context, 1, &pointer) != 1)
			exit(3);
	}
}

static void *make_ring(void *flags)
{
	ring = small_ring(*(unsigned *)flags, 0);
	return 0;
}

static struct small_ring make(const char *name)
{
	static unsigned single = 1U << 12;
	pthread_t thread;
	if (!strcmp(name, "attach"))
		return small_ring(IORING_SETUP_SQPOLL, 0);
	if (!strcmp(name, "nommap"))
		return small_ring(IORING_SETUP_NO_MMAP, 0);
	if (!strcmp(name, "iopoll"))
		return small_ring(IORING_SETUP_IOPOLL, 0);
	if (!strcmp(name, "restricted"))
		return small_ring(IORING_SETUP_R_DISABLED, 0);
	if (!strcmp(name, "owner")) {
		if (pthread_create(&thread, 0, make_ring, &single) || pthread_join(thread, 0))
			exit(3);
		return ring;
	}
	return small_ring(0, 0);
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
	ring = make(name);
	spoil(name);
	verdict->state = 1;
	while (verdict->command != 1)
		nap();
	if (!strcmp(name, "poll"))
		EXPECT(write(ends[1], "x", 1) == 1, "write");
	if (result_expected) {
		int r = reap(&ring);
		EXPECT(r == result_expected, "result %d, expected %d", r, result_expected);
	}
	if (strcmp(name, "owner")) {
		nops(&ring, 50);
	} else {
		int r = syscall(__NR_io_uring_enter, ring.fd, 1, 0, 0, 0, 0);
		EXPECT(r < 0 && errno == EEXIST, "another thread's ring: %d", r);
	}
	verdict->state = 2;
	return 0;
}
