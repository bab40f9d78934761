/*
 * AIO contexts with events that nobody has taken out. After "go" they are taken out and compared, and the
 * contexts are used on.
 *
 * usage: aio-events FILE
 */
#define _GNU_SOURCE
#include "verdict.h"
#include <linux/aio_abi.h>
#include <sys/syscall.h>

#define CONTEXTS 3
#define PENDING 20

static aio_context_t context[CONTEXTS];
static int null_fd;

static void submit(int c, uint64_t data)
{
	static char byte;
	struct iocb request = {.aio_data = data, .aio_lio_opcode = IOCB_CMD_PWRITE, .aio_fildes = null_fd,
			       .aio_buf = (uintptr_t)&byte, .aio_nbytes = 1};
	struct iocb *list[] = {&request};
	if (syscall(SYS_io_submit, context[c], 1, list) != 1) {
		tell("io_submit: errno %d", errno);
		add(&verdict->failures, 1);
	}
}

static void reap(int c, uint64_t data)
{
	struct io_event event;
	struct timespec none = {0, 0};
	long n = syscall(SYS_io_getevents, context[c], 1, 1, &event, &none);
	add(&verdict->checks, 1);
	if (n != 1 || event.data != data || event.res != 1) {
		tell("context %d: %ld events, the first is %llu and not %lu", c, n, event.data, data);
		add(&verdict->failures, 1);
	}
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return 2;
	verdict_open(argv[1], PAGE);
	null_fd = open("/dev/null", O_WRONLY);
	for (int c = 0; c < CONTEXTS; c++) {
		if (syscall(SYS_io_setup, 50 + 200 * c, &context[c]))
			return 4;
		for (uint64_t i = 0; i < 100u * c + 7; i++) {
			submit(c, i);
			reap(c, i);
		}
		for (uint64_t i = 0; i < PENDING; i++)
			submit(c, 1000 + i);
	}
	verdict->state = 1;
	while (verdict->command != 1)
		nap();
	for (int c = 0; c < CONTEXTS; c++) {
		for (uint64_t i = 0; i < PENDING; i++)
			reap(c, 1000 + i);
		for (uint64_t i = 0; i < 500; i++) {
			submit(c, i);
			reap(c, i);
		}
	}
	verdict->state = 2;
	for (;;)
		pause();
}
