/*
 * Threads that wait in system calls, one kind each, while the process is dumped. After "go" each call gets what it
 * waits for, and has to return that: nobody may see that he was stopped.
 *
 * usage: calls FILE [interruptions=0|1]
 *   interruptions  1: EINTR is forgiven, and the call made again, for those that criu's dump ends with it
 * Works in the directory of FILE.
 */
#define _GNU_SOURCE
#include "verdict.h"
#include <linux/aio_abi.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>

static int forgiving, full[2], counter, listener, waited;
static uint32_t word;
static struct sockaddr_un name = {.sun_family = AF_UNIX};
static pthread_t signalled;

/* Makes a call; EINTR is a failure unless it is forgiven. */
#define CALL(call)                                                                   \
	({                                                                           \
		long result;                                                         \
		do                                                                   \
			result = (call);                                             \
		while (result < 0 && errno == EINTR && forgiving);                   \
		result;                                                              \
	})

static uint64_t now_ms(void)
{
	return realtime_ns() / 1000000;
}

static void in_read(int fd)
{
	char text[8];
	EXPECT(CALL(read(fd, text, sizeof(text))) == 4 && !memcmp(text, "woke", 4));
}

static void in_write(int fd)
{
	(void)fd;
	EXPECT(CALL(write(full[1], "more", 4)) == 4);
}

static void in_poll(int fd)
{
	struct pollfd p = {fd, POLLIN, 0};
	EXPECT(CALL(poll(&p, 1, 100000)) == 1 && p.revents == POLLIN);
	in_read(fd);
}

static void in_ppoll(int fd)
{
	struct pollfd p = {fd, POLLIN, 0};
	struct timespec t = {100, 0};
	EXPECT(CALL(ppoll(&p, 1, &t, 0)) == 1 && p.revents == POLLIN);
	in_read(fd);
}

static void in_select(int fd)
{
	fd_set set;
	FD_ZERO(&set);
	FD_SET(fd, &set);
	struct timeval t = {100, 0};
	EXPECT(CALL(select(fd + 1, &set, 0, 0, &t)) == 1 && FD_ISSET(fd, &set));
	in_read(fd);
}

static void in_epoll(int fd)
{
	int set = epoll_create1(0);
	struct epoll_event e = {.events = EPOLLIN, .data.u64 = 99};
	EXPECT(!epoll_ctl(set, EPOLL_CTL_ADD, fd, &e));
	EXPECT(CALL(epoll_wait(set, &e, 1, -1)) == 1 && e.data.u64 == 99);
	in_read(fd);
}

static void in_epoll_pwait(int fd)
{
	int set = epoll_create1(0);
	sigset_t mask;
	sigfillset(&mask);
	struct epoll_event e = {.events = EPOLLIN, .data.u64 = 98};
	EXPECT(!epoll_ctl(set, EPOLL_CTL_ADD, fd, &e));
	EXPECT(CALL(epoll_pwait(set, &e, 1, 100000, &mask)) == 1 && e.data.u64 == 98);
	in_read(fd);
}

static void in_accept(int fd)
{
	(void)fd;
	int one = CALL(accept(listener, 0, 0));
	EXPECT(one >= 0);
	in_read(one);
}

static void in_eventfd(int fd)
{
	(void)fd;
	uint64_t count;
	EXPECT(CALL(read(counter, &count, 8)) == 8 && count == 5);
}

static void in_open(int fd)
{
	(void)fd;
	int fifo = CALL(open("calls-fifo", O_RDONLY)); /* waits for a writer */
	EXPECT(fifo >= 0);
	in_read(fifo);
}

static void in_futex(int fd)
{
	(void)fd;
	struct timespec t = {100, 0};
	EXPECT(CALL(syscall(SYS_futex, &word, FUTEX_WAIT, 0, &t, 0, 0)) == 0);
}

static void in_nanosleep(int fd)
{
	(void)fd;
	struct timespec t = {1, 0}, left;
	uint64_t start = now_ms();
	EXPECT(CALL(nanosleep(&t, &left)) == 0 && now_ms() - start >= 990);
}

static void in_clock_nanosleep(int fd)
{
	(void)fd;
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += 1;
	int error;
	while ((error = clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, 0)) == EINTR && forgiving)
		;
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	EXPECT(!error && (now.tv_sec > t.tv_sec || (now.tv_sec == t.tv_sec && now.tv_nsec >= t.tv_nsec)));
}

static void in_wait(int fd)
{
	(void)fd;
	int status;
	EXPECT(CALL(waitpid(waited, &status, 0)) == waited && WIFEXITED(status) && WEXITSTATUS(status) == 7);
}

static void in_sigwait(int fd)
{
	(void)fd;
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	siginfo_t info;
	signalled = pthread_self();
	EXPECT(CALL(sigwaitinfo(&set, &info)) == SIGUSR2);
}

static void in_getevents(int fd)
{
	(void)fd;
	aio_context_t context = 0;
	struct io_event event;
	struct timespec t = {1, 0};
	EXPECT(!syscall(SYS_io_setup, 8, &context));
	EXPECT(CALL(syscall(SYS_io_getevents, context, 1, 1, &event, &t)) == 0);
}

static void in_mutex(int fd)
{
	(void)fd;
	static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	static pthread_cond_t never = PTHREAD_COND_INITIALIZER;
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	t.tv_sec += 1;
	pthread_mutex_lock(&mutex);
	EXPECT(pthread_cond_timedwait(&never, &mutex, &t) == ETIMEDOUT);
	pthread_mutex_unlock(&mutex);
}

static void (*const kinds[])(int fd) = {
	in_read,     in_write,	   in_poll,		in_ppoll, in_select,  in_epoll,	    in_epoll_pwait, in_accept, in_eventfd, in_open,
	in_nanosleep, in_clock_nanosleep, in_wait, in_sigwait, in_getevents, in_mutex,	    in_futex,
};

#define KINDS (sizeof(kinds) / sizeof(*kinds))

static int pipes[KINDS][2];

static void *wait_in(void *argument)
{
	size_t k = (uintptr_t)argument;
	kinds[k](pipes[k][0]);
	add(&verdict->done_command, 1);
	return 0;
}

static void prepare(void)
{
	for (size_t k = 0; k < KINDS; k++)
		EXPECT(!pipe(pipes[k]));
	EXPECT(!pipe(full));
	for (int i = 0; i < 16; i++) {
		char page[PAGE] = {0};
		EXPECT(write(full[1], page, PAGE) == PAGE);
	}
	counter = eventfd(0, 0);
	listener = socket(AF_UNIX, SOCK_STREAM, 0);
	snprintf(name.sun_path + 1, sizeof(name.sun_path) - 1, "calls-%d", getpid());
	EXPECT(!bind(listener, (struct sockaddr *)&name, sizeof(name)) && !listen(listener, 1));
	EXPECT(!mkfifo("calls-fifo", 0600) || errno == EEXIST);
	int child_waits = pipes[12][0];
	waited = fork();
	if (!waited) {
		char byte;
		while (read(child_waits, &byte, 1) < 0)
			;
		_exit(7);
	}
}

/* Gives each what it waits for. */
static void wake(void)
{
	char page[PAGE];
	for (size_t k = 0; k < KINDS; k++)
		EXPECT(write(pipes[k][1], "woke", 4) == 4);
	EXPECT(read(full[0], page, PAGE) == PAGE);
	uint64_t five = 5;
	EXPECT(write(counter, &five, 8) == 8);
	int one = socket(AF_UNIX, SOCK_STREAM, 0);
	EXPECT(!connect(one, (struct sockaddr *)&name, sizeof(name)) && write(one, "woke", 4) == 4);
	int fifo = open("calls-fifo", O_WRONLY);
	EXPECT(fifo >= 0 && write(fifo, "woke", 4) == 4);
	pthread_kill(signalled, SIGUSR2);
	word = 1;
	EXPECT(syscall(SYS_futex, &word, FUTEX_WAKE, 1, 0, 0, 0) == 1);
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return 2;
	verdict_open(argv[1], PAGE);
	char place[4096] = ".", *slash = strrchr(argv[1], '/');
	if (slash)
		snprintf(place, sizeof(place), "%.*s", (int)(slash - argv[1]), argv[1]);
	if (chdir(place))
		return 3;
	forgiving = option(argc, argv, "interruptions", 0);
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	pthread_sigmask(SIG_BLOCK, &set, 0);
	prepare();
	pthread_t threads[KINDS];
	for (size_t k = 0; k < KINDS; k++)
		EXPECT(!pthread_create(&threads[k], 0, wait_in, (void *)k));
	usleep(200000);
	verdict->state = 1;
	while (verdict->command != 1)
		nap();
	wake();
	for (size_t k = 0; k < KINDS; k++)
		EXPECT(!pthread_join(threads[k], 0));
	verdict->state = 2;
	for (;;)
		pause();
}
