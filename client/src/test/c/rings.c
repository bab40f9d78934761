/*
 * A process with an io_uring that keeps its own positions in both queues, and believes them.
 *
 * usage: rings FILE flags=N state=idle|unreaped|overflow|chain [registered=1] [warm=N] [threads=1]
 *   flags       IORING_SETUP_... (with CQSIZE the completion queue has 32 entries)
 *   state       what its queues hold while it waits for "go"
 *   registered  registers a file, two buffers and an eventfd
 *   warm        requests made before, so that the positions are not 0
 * After "go" it takes out what its queues hold, makes more requests, checks all results and that the kernel's
 * positions are its own, and says that it is done.
 */
#define _GNU_SOURCE
#include "verdict.h"
#include <linux/io_uring.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#ifndef IORING_SETUP_NO_SQARRAY
#define IORING_SETUP_NO_SQARRAY (1U << 16)
#endif

#define SQ_ENTRIES 8u
#define BUFFER 16384u
#define EXTRA 5u

static unsigned flags, warm = 1000, registered;
static const char *state = "idle";

static int ring, file, plain_pipe[2], event = -1;
static unsigned *sq_head, *sq_tail, *sq_flags, *sq_array, *sq_dropped, *cq_head, *cq_tail, *cq_overflow;
static unsigned sq_mask, cq_mask, cq_entries, sqe_shift, cqe_shift;
static char *sqes, *cqes;
static char *buffers[2];
/* What the process believes. */
static unsigned my_sq_tail, my_cq_head, submitted;
static uint64_t next_data = 1, expected_data = 1, told;

static struct io_uring_sqe *slot(unsigned char opcode)
{
	unsigned index = my_sq_tail & sq_mask;
	struct io_uring_sqe *sqe = (void *)(sqes + ((size_t)index << sqe_shift));
	memset(sqe, 0, (size_t)1 << sqe_shift);
	sqe->opcode = opcode;
	sqe->user_data = next_data++;
	if (sq_array)
		sq_array[index] = index;
	my_sq_tail++;
	return sqe;
}

static void publish(void)
{
	__atomic_store_n(sq_tail, my_sq_tail, __ATOMIC_RELEASE);
}

static int enter(unsigned submit, unsigned wait)
{
	unsigned how = wait ? IORING_ENTER_GETEVENTS : 0;
	if (flags & IORING_SETUP_SQPOLL) {
		submit = 0;
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
		if (__atomic_load_n(sq_flags, __ATOMIC_RELAXED) & IORING_SQ_NEED_WAKEUP)
			how |= IORING_ENTER_SQ_WAKEUP;
	}
	int r;
	do
		r = syscall(__NR_io_uring_enter, ring, submit, wait, how, 0, 0);
	while (r < 0 && errno == EINTR);
	return r < 0 ? -errno : r;
}

static void submit(void)
{
	unsigned count = my_sq_tail - submitted;
	publish();
	int r = enter(count, 0);
	EXPECT(r == (int)count || (flags & IORING_SETUP_SQPOLL), "submitted %d of %u", r, count);
	if (flags & IORING_SETUP_SQPOLL)
		while (__atomic_load_n(sq_head, __ATOMIC_ACQUIRE) != my_sq_tail)
			enter(0, 0);
	submitted = my_sq_tail;
	told += count;
}

/* Takes one completion out, which has to be the next one. */
static int reap(void)
{
	while (__atomic_load_n(cq_tail, __ATOMIC_ACQUIRE) == my_cq_head) {
		int r = enter(0, 1);
		if (r < 0) {
			EXPECT(0, "no completion: %d", r);
			return r;
		}
	}
	struct io_uring_cqe *cqe = (void *)(cqes + ((size_t)(my_cq_head & cq_mask) << cqe_shift));
	EXPECT(cqe->user_data == expected_data, "completion %lu in place of %lu, position %u",
	     (unsigned long)cqe->user_data, (unsigned long)expected_data, my_cq_head);
	int result = cqe->res;
	expected_data++;
	my_cq_head++;
	__atomic_store_n(cq_head, my_cq_head, __ATOMIC_RELEASE);
	return result;
}

static void compare_positions(void)
{
	EXPECT(*sq_tail == my_sq_tail, "sq.tail %u, mine %u", *sq_tail, my_sq_tail);
	/* A polling thread may take what it sees without being woken. */
	EXPECT(*sq_head == submitted || (flags & IORING_SETUP_SQPOLL && *sq_head == my_sq_tail),
	     "sq.head %u, mine %u", *sq_head, submitted);
	EXPECT(*cq_head == my_cq_head, "cq.head %u, mine %u", *cq_head, my_cq_head);
	EXPECT(*sq_dropped == 0 && *cq_overflow == 0, "lost %u, %u", *sq_dropped, *cq_overflow);
}

static void nops(unsigned count)
{
	while (count) {
		unsigned n = count < SQ_ENTRIES ? count : SQ_ENTRIES;
		for (unsigned i = 0; i < n; i++)
			slot(IORING_OP_NOP);
		submit();
		for (unsigned i = 0; i < n; i++)
			EXPECT(reap() == 0, "a NOP has failed");
		count -= n;
	}
}

/* What was written to a pipe, a link later, comes out of it in the next. */
static void put_chain(void)
{
	struct io_uring_sqe *sqe = slot(IORING_OP_WRITE);
	sqe->fd = plain_pipe[1];
	sqe->addr = (uint64_t)buffers[0];
	sqe->len = 512;
	sqe->flags = IOSQE_IO_LINK;
	sqe = slot(IORING_OP_READ);
	sqe->fd = plain_pipe[0];
	sqe->addr = (uint64_t)buffers[1];
	sqe->len = 512;
	sqe->flags = IOSQE_IO_LINK;
	slot(IORING_OP_NOP);
	memset(buffers[1], 0, 512);
}

static void reap_chain(void)
{
	EXPECT(reap() == 512, "write");
	EXPECT(reap() == 512, "read");
	EXPECT(reap() == 0, "nop");
	EXPECT(!memcmp(buffers[0], buffers[1], 512), "another content came through the pipe");
}

/* The file's content is pages of write_page. */
static void read_fixed(unsigned page)
{
	struct io_uring_sqe *sqe = slot(registered ? IORING_OP_READ_FIXED : IORING_OP_READ);
	sqe->fd = registered ? 1 : file;
	sqe->flags = registered ? IOSQE_FIXED_FILE : 0;
	sqe->off = page * PAGE;
	sqe->addr = (uint64_t)(buffers[1] + PAGE);
	sqe->len = PAGE;
	sqe->buf_index = registered ? 1 : 0;
	submit();
	int r = reap();
	EXPECT(r == (int)PAGE, "read of page %u: %d", page, r);
	uint64_t bad = bad_words(buffers[1] + PAGE, page);
	add(&verdict->bad_words, bad);
}

static void set_up(void)
{
	struct io_uring_params p = {.flags = flags, .sq_thread_idle = 20};
	if (flags & IORING_SETUP_CQSIZE)
		p.cq_entries = 32;
	ring = syscall(__NR_io_uring_setup, SQ_ENTRIES, &p);
	if (ring < 0) {
		perror("io_uring_setup");
		exit(3);
	}
	sqe_shift = flags & IORING_SETUP_SQE128 ? 7 : 6;
	cqe_shift = flags & IORING_SETUP_CQE32 ? 5 : 4;
	size_t sq_bytes = p.sq_off.array + p.sq_entries * 4;
	size_t cq_bytes = p.cq_off.cqes + ((size_t)p.cq_entries << cqe_shift);
	size_t bytes = sq_bytes > cq_bytes ? sq_bytes : cq_bytes;
	char *rings = mmap(0, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring, IORING_OFF_SQ_RING);
	sqes = mmap(0, (size_t)p.sq_entries << sqe_shift, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring,
		    IORING_OFF_SQES);
	if (rings == MAP_FAILED || sqes == MAP_FAILED) {
		perror("mmap of the ring");
		exit(3);
	}
	sq_head = (unsigned *)(rings + p.sq_off.head);
	sq_tail = (unsigned *)(rings + p.sq_off.tail);
	sq_flags = (unsigned *)(rings + p.sq_off.flags);
	sq_dropped = (unsigned *)(rings + p.sq_off.dropped);
	sq_array = flags & IORING_SETUP_NO_SQARRAY ? 0 : (unsigned *)(rings + p.sq_off.array);
	sq_mask = *(unsigned *)(rings + p.sq_off.ring_mask);
	cq_head = (unsigned *)(rings + p.cq_off.head);
	cq_tail = (unsigned *)(rings + p.cq_off.tail);
	cq_overflow = (unsigned *)(rings + p.cq_off.overflow);
	cq_mask = *(unsigned *)(rings + p.cq_off.ring_mask);
	cq_entries = p.cq_entries;
	cqes = rings + p.cq_off.cqes;
}

static int reg(unsigned operation, const void *argument, unsigned count)
{
	int r = syscall(__NR_io_uring_register, ring, operation, argument, count);
	if (r < 0) {
		perror("io_uring_register");
		exit(3);
	}
	return r;
}

static void register_all(void)
{
	struct iovec v[2] = {{buffers[0], BUFFER}, {buffers[1], BUFFER}};
	int files[3] = {-1, file, -1};
	reg(IORING_REGISTER_BUFFERS, v, 2);
	reg(IORING_REGISTER_FILES, files, 3);
	event = eventfd(0, EFD_NONBLOCK);
	reg(IORING_REGISTER_EVENTFD, &event, 1);
	told = 0;
}

static void open_files(const char *path)
{
	char name[4096];
	snprintf(name, sizeof(name), "%s.data", path);
	file = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
	for (int i = 0; i < 2; i++)
		buffers[i] = mmap(0, BUFFER, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	for (unsigned page = 0; page < 16; page++) {
		write_page(buffers[0], page);
		if (pwrite(file, buffers[0], PAGE, page * PAGE) != (ssize_t)PAGE)
			exit(3);
	}
	for (unsigned page = 0; page < BUFFER / PAGE; page++)
		write_page(buffers[0] + page * PAGE, 1000 + page);
	if (file < 0 || pipe(plain_pipe))
		exit(3);
}

static unsigned pending;

static void prepare(void)
{
	if (!strcmp(state, "unreaped") || !strcmp(state, "overflow")) {
		pending = !strcmp(state, "unreaped") ? 5 : cq_entries + EXTRA;
		for (unsigned left = pending; left;) {
			unsigned n = left < SQ_ENTRIES ? left : SQ_ENTRIES;
			for (unsigned i = 0; i < n; i++)
				slot(IORING_OP_NOP);
			submit();
			left -= n;
		}
	}
	if (!strcmp(state, "chain")) {
		if (flags & IORING_SETUP_SQPOLL)
			while (!(__atomic_load_n(sq_flags, __ATOMIC_ACQUIRE) & IORING_SQ_NEED_WAKEUP))
				nap();
		put_chain();
		publish();
	}
}

static void finish(void)
{
	compare_positions();
	for (unsigned i = 0; i < pending; i++)
		EXPECT(reap() == 0, "a NOP has failed");
	if (!strcmp(state, "chain")) {
		submit();
		reap_chain();
	}
	compare_positions();
	for (unsigned page = 0; page < BUFFER / PAGE; page++)
		add(&verdict->bad_words, bad_words(buffers[0] + page * PAGE, 1000 + page));
	nops(3 * cq_entries + 1);
	for (unsigned page = 0; page < 16; page++)
		read_fixed(page);
	put_chain();
	submit();
	reap_chain();
	compare_positions();
	if (event >= 0) {
		uint64_t count = 0;
		EXPECT(read(event, &count, 8) == 8, "the eventfd was not told");
		add(&verdict->checks, 1);
	}
}

int main(int argc, char **argv)
{
	for (int i = 2; i < argc; i++) {
		char *value = strchr(argv[i], '=');
		if (!value)
			return 2;
		*value++ = 0;
		if (!strcmp(argv[i], "flags"))
			flags = strtoul(value, 0, 0);
		else if (!strcmp(argv[i], "state"))
			state = value;
		else if (!strcmp(argv[i], "registered"))
			registered = atoi(value);
		else if (!strcmp(argv[i], "warm"))
			warm = atoi(value);
		else
			return 2;
	}
	if (argc < 2)
		return 2;
	verdict_open(argv[1], 4096);
	open_files(argv[1]);
	set_up();
	if (registered)
		register_all();
	nops(warm);
	for (unsigned page = 0; page < 16; page++)
		read_fixed(page);
	prepare();
	verdict->state = 1;
	while (verdict->command != 1)
		nap();
	finish();
	verdict->state = 2;
	return 0;
}
