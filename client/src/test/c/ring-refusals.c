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
 *   command    a command to a driver: the server of a FUSE file system that waits for requests by io_uring
 *   timeout    a timeout of an hour
 *   worker     an open of a FIFO that nobody writes to, by one of the kernel's workers
 *   accept     a multishot accept that nobody connects to
 *   linked     a poll of a pipe that stays empty, with a linked timeout of an hour
 *   hidden     a timeout of an hour, and as many completions as requests
 *   skipped    a request without a completion
 * After "go" it makes the request complete, checks its result and goes on with others.
 */
#define _GNU_SOURCE
#include "small-ring.h"
#include <linux/aio_abi.h>
#include <linux/fuse.h>
#include <linux/time_types.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
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

static void must(int fine, const char *what)
{
	if (!fine) {
		perror(what);
		exit(3);
	}
}

/* Whether the kernel lets servers of FUSE use io_uring: as it was, afterwards. */
static char allow_fuse(char yes)
{
	char old;
	int fd = open("/sys/module/fuse/parameters/enable_uring", O_RDWR);
	must(fd >= 0 && pread(fd, &old, 1, 0) == 1 && pwrite(fd, &yes, 1, 0) == 1, "enable_uring");
	close(fd);
	return old;
}

static char place[4096];

static void serve_fuse(void)
{
	static char request[1 << 16], headers[4096], payload[1 << 21], options[128];
	static struct iovec parts[2] = {{headers, sizeof(headers)}, {payload, sizeof(payload)}};
	struct { struct fuse_out_header header; struct fuse_init_out init; } answer = {
		.header.len = sizeof(answer), .init = {.major = 7, .minor = 38, .max_write = 4096}};
	int fuse = open("/dev/fuse", O_RDWR);
	char old = allow_fuse('Y');
	must(!unshare(CLONE_NEWNS) && !mount(0, "/", 0, MS_REC | MS_PRIVATE, 0), "unshare");
	snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0", fuse);
	must(!mkdir(place, 0700) && !mount("none", place, "fuse", MS_NOSUID | MS_NODEV, options), "mount");
	must(read(fuse, request, sizeof(request)) > 0, "request of FUSE");
	answer.header.unique = ((struct fuse_in_header *)request)->unique;
	must(write(fuse, &answer, sizeof(answer)) == sizeof(answer), "answer to FUSE");
	submit(&ring, (struct io_uring_sqe){.opcode = 46 /* URING_CMD */, .fd = fuse, .off = 1 /* REGISTER */,
		.addr = (uint64_t)parts, .len = 2});
	allow_fuse(old);
	result_expected = -ENOTCONN;
}

static void stay(const char *name)
{
	static char byte[64];
	static struct __kernel_timespec hour = {.tv_sec = 3600};
	struct io_uring_sqe poll = {.opcode = IORING_OP_POLL_ADD, .fd = ends[0], .poll32_events = POLLIN};
	struct io_uring_sqe timeout = {.opcode = IORING_OP_TIMEOUT, .addr = (uint64_t)&hour, .len = 1};
	result_expected = -ECANCELED;
	if (!strcmp(name, "timeout")) {
		submit(&ring, timeout);
	} else if (!strcmp(name, "worker")) {
		must(!mkfifo(place, 0600), "mkfifo");
		submit(&ring, (struct io_uring_sqe){.opcode = IORING_OP_OPENAT, .flags = IOSQE_ASYNC, .fd = AT_FDCWD,
			.addr = (uint64_t)place, .open_flags = O_RDONLY});
		result_expected = -512; /* the kernel's own, of a call that it would make again */
	} else if (!strcmp(name, "accept")) {
		int fd = socket(AF_INET, SOCK_STREAM, 0);
		must(!listen(fd, 1), "listen");
		submit(&ring, (struct io_uring_sqe){.opcode = IORING_OP_ACCEPT, .fd = fd, .ioprio = 1});
	} else if (!strcmp(name, "linked")) {
		poll.flags = IOSQE_IO_LINK;
		put(&ring, poll);
		timeout.opcode = IORING_OP_LINK_TIMEOUT;
		put(&ring, timeout);
		must(syscall(__NR_io_uring_enter, ring.fd, 2, 0, 0, 0, 0) == 2, "submit");
	} else if (!strcmp(name, "hidden")) {
		poll.len = 1; /* multishot: one completion for what has come, and one for its end */
		poll.user_data = 7;
		submit(&ring, poll);
		must(write(ends[1], "x", 1) == 1 && reap(&ring) == POLLIN && read(ends[0], byte, 1) == 1, "poll");
		submit(&ring, (struct io_uring_sqe){.opcode = IORING_OP_POLL_REMOVE, .addr = 7});
		reap(&ring);
		reap(&ring);
		submit(&ring, timeout);
	} else {
		result_expected = 0;
		submit(&ring, (struct io_uring_sqe){.opcode = IORING_OP_NOP, .flags = IOSQE_CQE_SKIP_SUCCESS});
	}
}

static void spoil(const char *name)
{
	static char buffer[64];
	static struct iocb request;
	static aio_context_t context;
	if (!strcmp(name, "command")) {
		serve_fuse();
	} else if (strstr("timeout worker accept linked hidden skipped", name)) {
		stay(name);
	} else if (!strcmp(name, "poll") || !strcmp(name, "cancelled")) {
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
	return small_ring(strcmp(name, "command") ? 0 : IORING_SETUP_SQE128, 0);
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
	snprintf(place, sizeof(place), "%s.mnt", argv[1]);
	if (!strcmp(name, "late"))
		write_late();
	ring = make(name);
	spoil(name);
	verdict->state = 1;
	while (verdict->command != 1)
		nap();
	if (!strcmp(name, "command"))
		EXPECT(!umount2(place, MNT_DETACH) && !rmdir(place), "unmount");
	if (!strcmp(name, "poll"))
		EXPECT(write(ends[1], "x", 1) == 1, "write");
	if (result_expected) {
		int r = reap(&ring);
		EXPECT(r == result_expected, "result %d, expected %d", r, result_expected);
		if (!strcmp(name, "linked"))
			reap(&ring);
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
