/*
 * Two processes and two pipes: one sends blocks and checks what comes back, the other echoes them with liburing.
 *
 * usage: uring-echo FILE [blocks=N]
 *   blocks   how many are sent after the rig has said go; before that, it sends as long as it takes
 * A check is a block that has come back; a failure is a system call or a request that has failed.
 */
#define _GNU_SOURCE
#include "verdict.h"
#include <liburing.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#define BLOCK_BYTES 4096
#define ENTRIES 8

static void failed(const char *what, int error)
{
	tell("%s: %s", what, strerror(error));
	add(&verdict->failures, 1);
	exit(5);
}

/* All of a request's bytes, or the rest with another request: a pipe may give less. */
static void transfer(struct io_uring *ring, int fd, char *block, int out)
{
	for (size_t done = 0; done < BLOCK_BYTES;) {
		struct io_uring_sqe *sqe = io_uring_get_sqe(ring);
		struct io_uring_cqe *cqe;
		if (out)
			io_uring_prep_write(sqe, fd, block + done, BLOCK_BYTES - done, 0);
		else
			io_uring_prep_read(sqe, fd, block + done, BLOCK_BYTES - done, 0);
		int result = io_uring_submit_and_wait(ring, 1);
		while (result == -EINTR)
			result = io_uring_submit_and_wait(ring, 1);
		if (result < 0)
			failed("io_uring_submit_and_wait", -result);
		result = io_uring_wait_cqe(ring, &cqe);
		if (result < 0)
			failed("io_uring_wait_cqe", -result);
		if (cqe->res <= 0)
			failed(out ? "write" : "read", -cqe->res);
		done += cqe->res;
		io_uring_cqe_seen(ring, cqe);
	}
}

static void echo(int in, int out)
{
	static char block[BLOCK_BYTES];
	struct io_uring ring;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	int result = io_uring_queue_init(ENTRIES, &ring, 0);
	if (result < 0)
		failed("io_uring_queue_init", -result);
	for (;;) {
		transfer(&ring, in, block, 0);
		transfer(&ring, out, block, 1);
	}
}

static void all(ssize_t (*move)(int, void *, size_t), int fd, char *block)
{
	for (size_t done = 0; done < BLOCK_BYTES;) {
		ssize_t moved = move(fd, block + done, BLOCK_BYTES - done);
		if (moved <= 0)
			failed("pipe", errno);
		done += moved;
	}
}

static void send_and_check(int out, int in, uint64_t number)
{
	static char block[BLOCK_BYTES];
	write_page(block, number);
	all((ssize_t (*)(int, void *, size_t))write, out, block);
	memset(block, 0, BLOCK_BYTES);
	all(read, in, block);
	add(&verdict->bad_words, bad_words(block, number));
	verdict->checks++;
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return 2;
	verdict_open(argv[1], 0);
	uint64_t blocks = option(argc, argv, "blocks", 1000), sent = 0;
	int there[2], back[2];
	if (pipe(there) || pipe(back))
		failed("pipe", errno);
	if (fork() == 0)
		echo(there[0], back[1]);
	for (; sent < 100; sent++)
		send_and_check(there[1], back[0], sent);
	verdict->state = 1;
	while (verdict->command != 1)
		send_and_check(there[1], back[0], sent++);
	for (uint64_t i = 0; i < blocks; i++)
		send_and_check(there[1], back[0], sent++);
	verdict->state = 2;
	for (;;)
		pause();
}
