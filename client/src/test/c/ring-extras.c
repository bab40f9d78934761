/*
 * A process with what only few rings have.
 *
 * usage: ring-extras FILE case=NAME
 *   tags         registered files and a buffer with tags, which tell when these are let go of
 *   personality  credentials registered twice, the first given back
 *   ringfd       the ring is registered with its thread
 *   disabled     the ring was set up and not enabled yet
 *   threads      two threads with a ring each, and one that both of them use
 *   epoll        an epoll instance watches the ring
 *   sparse       an empty table of files, part of which the kernel may choose from
 *   workers      limits of the kernel's workers
 * After "go" it uses what it has, and checks that all is as it was.
 */
#define _GNU_SOURCE
#include "small-ring.h"
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/uio.h>

static struct small_ring ring;
static const char *name;
static char buffer[4096];
static int first, second, watcher;

static int is(const char *other)
{
	return !strcmp(name, other);
}

static void await_go(void)
{
	while (verdict->command != 1)
		nap();
}

static void prepare_tags(void)
{
	int files[2] = {0, 1};
	uint64_t file_tags[2] = {71, 72}, buffer_tags[1] = {88};
	struct iovec v = {buffer, sizeof(buffer)};
	struct io_uring_rsrc_register r = {.nr = 2, .data = (uint64_t)files, .tags = (uint64_t)file_tags};
	reg(&ring, IORING_REGISTER_FILES2, &r, sizeof(r));
	r = (struct io_uring_rsrc_register){.nr = 1, .data = (uint64_t)&v, .tags = (uint64_t)buffer_tags};
	reg(&ring, IORING_REGISTER_BUFFERS2, &r, sizeof(r));
}

static void check_tags(void)
{
	int none = -1;
	uint64_t no_tag = 0;
	struct io_uring_rsrc_update2 u = {.offset = 1, .data = (uint64_t)&none, .tags = (uint64_t)&no_tag, .nr = 1};
	reg(&ring, IORING_REGISTER_FILES_UPDATE2, &u, sizeof(u));
	uint64_t told;
	reap_told(&ring, &told);
	EXPECT(told == 72, "file 1 had tag %lu", (unsigned long)told);
	reg(&ring, IORING_UNREGISTER_BUFFERS, 0, 0);
	reap_told(&ring, &told);
	EXPECT(told == 88, "the buffer had tag %lu", (unsigned long)told);
	reg(&ring, IORING_UNREGISTER_FILES, 0, 0);
	reap_told(&ring, &told);
	EXPECT(told == 71, "file 0 had tag %lu", (unsigned long)told);
}

static int nop_as(int personality)
{
	submit(&ring, (struct io_uring_sqe){.opcode = IORING_OP_NOP, .personality = personality});
	return reap(&ring);
}

static void prepare_personality(void)
{
	first = reg(&ring, IORING_REGISTER_PERSONALITY, 0, 0);
	second = reg(&ring, IORING_REGISTER_PERSONALITY, 0, 0);
	reg(&ring, IORING_UNREGISTER_PERSONALITY, 0, first);
}

static void check_personality(void)
{
	EXPECT(nop_as(second) == 0, "personality %d is gone", second);
	int r = nop_as(first + 10);
	EXPECT(r == -EINVAL, "personality %d is there: %d", first + 10, r);
	int third = reg(&ring, IORING_REGISTER_PERSONALITY, 0, 0);
	EXPECT(third == second + 1, "the next personality is %d", third);
}

static void prepare_ringfd(void)
{
	struct io_uring_rsrc_update u = {.offset = 5, .data = ring.fd};
	int r = reg(&ring, IORING_REGISTER_RING_FDS, &u, 1);
	EXPECT(r == 1 && u.offset == 5, "registered %d at %u", r, u.offset);
}

static int enter_registered(unsigned index)
{
	int r = syscall(__NR_io_uring_enter, index, 1, 0, IORING_ENTER_REGISTERED_RING, 0, 0);
	return r < 0 ? -errno : r;
}

static void check_ringfd(void)
{
	put(&ring, (struct io_uring_sqe){.opcode = IORING_OP_NOP});
	int r = enter_registered(5);
	EXPECT(r == 1, "entered by its place: %d", r);
	EXPECT(reap(&ring) == 0, "a NOP has failed");
	r = enter_registered(4);
	EXPECT(r == -EBADF, "another place: %d", r);
}

static void check_disabled(void)
{
	int r = syscall(__NR_io_uring_enter, ring.fd, 0, 0, 0, 0, 0);
	EXPECT(r < 0 && errno == EBADFD, "it is enabled: %d", r);
	reg(&ring, IORING_REGISTER_ENABLE_RINGS, 0, 0);
}

static void *work(void *unused)
{
	(void)unused;
	static pthread_mutex_t shared = PTHREAD_MUTEX_INITIALIZER;
	struct small_ring own = small_ring(1U << 12 /* SINGLE_ISSUER */, 0);
	nops(&own, 20);
	pthread_mutex_lock(&shared);
	nops(&ring, 3);
	pthread_mutex_unlock(&shared);
	add(&verdict->reserved[0], 1);
	await_go();
	for (int i = 0; i < 30; i++) {
		nops(&own, 1);
		pthread_mutex_lock(&shared);
		nops(&ring, 1);
		pthread_mutex_unlock(&shared);
	}
	add(&verdict->reserved[1], 1);
	return 0;
}

static void prepare_threads(void)
{
	pthread_t thread;
	for (int i = 0; i < 2; i++)
		if (pthread_create(&thread, 0, work, 0))
			exit(3);
	while (verdict->reserved[0] < 2)
		nap();
}

static void check_threads(void)
{
	while (verdict->reserved[1] < 2)
		nap();
}

static void prepare_epoll(void)
{
	struct epoll_event e = {.events = EPOLLIN, .data.u64 = 0x1234567890};
	watcher = epoll_create1(0);
	if (watcher < 0 || epoll_ctl(watcher, EPOLL_CTL_ADD, ring.fd, &e))
		exit(3);
}

static void check_epoll(void)
{
	struct epoll_event e = {0};
	int r = epoll_wait(watcher, &e, 1, 0);
	EXPECT(r == 0, "something is there already: %d", r);
	submit(&ring, (struct io_uring_sqe){.opcode = IORING_OP_NOP});
	r = epoll_wait(watcher, &e, 1, 5000);
	EXPECT(r == 1 && e.data.u64 == 0x1234567890 && e.events & EPOLLIN, "epoll tells %d", r);
	EXPECT(reap(&ring) == 0, "a NOP has failed");
}

static void prepare_sparse(void)
{
	struct io_uring_rsrc_register r = {.nr = 8, .flags = 1 /* SPARSE */};
	struct { uint32_t off, len; uint64_t resv; } range = {.off = 5, .len = 2};
	reg(&ring, IORING_REGISTER_FILES2, &r, sizeof(r));
	reg(&ring, IORING_REGISTER_FILE_ALLOC_RANGE, &range, 0);
}

static void check_sparse(void)
{
	for (int i = 0; i < 3; i++) {
		submit(&ring, (struct io_uring_sqe){.opcode = IORING_OP_OPENAT, .fd = AT_FDCWD,
			.addr = (uint64_t)"/dev/null", .file_index = ~0U});
		int r = reap(&ring);
		EXPECT(r == (i < 2 ? 5 + i : -ENFILE), "opened at place %d", r);
	}
}

static void worker_limits(unsigned *limits)
{
	reg(&ring, IORING_REGISTER_IOWQ_MAX_WORKERS, limits, 2);
}

static void prepare(void)
{
	if (is("tags"))
		prepare_tags();
	else if (is("personality"))
		prepare_personality();
	else if (is("ringfd"))
		prepare_ringfd();
	else if (is("threads"))
		prepare_threads();
	else if (is("epoll"))
		prepare_epoll();
	else if (is("sparse"))
		prepare_sparse();
	else if (is("workers"))
		worker_limits((unsigned[]){3, 5});
}

static void check(void)
{
	if (is("tags"))
		check_tags();
	else if (is("personality"))
		check_personality();
	else if (is("ringfd"))
		check_ringfd();
	else if (is("disabled"))
		check_disabled();
	else if (is("threads"))
		check_threads();
	else if (is("epoll"))
		check_epoll();
	else if (is("sparse"))
		check_sparse();
	else if (is("workers")) {
		unsigned limits[2] = {0, 0};
		worker_limits(limits);
		EXPECT(limits[0] == 3 && limits[1] == 5, "limits of %u and %u", limits[0], limits[1]);
	}
}

int main(int argc, char **argv)
{
	if (argc != 3 || !(name = strchr(argv[2], '=')))
		return 2;
	name++;
	verdict_open(argv[1], 4096);
	ring = small_ring(is("disabled") ? IORING_SETUP_R_DISABLED : 0, 0);
	if (!is("disabled"))
		nops(&ring, 37);
	prepare();
	verdict->state = 1;
	await_go();
	check();
	nops(&ring, 20);
	verdict->state = 2;
	return 0;
}
