/*
 * A process, or a parent and a child, with open files of one kind, that says afterwards whether they are what they
 * were. What it has to know is in the verdict file, so that somebody else with the same files can answer, too.
 *
 * usage: files VERDICT KIND [husk=PID]
 * With husk=PID it opens nothing: it makes an empty process with that pid, and one below it, which wait to be given
 * the files of the one that was dumped, and say then what that one would have said.
 * Works in the directory of the verdict file.
 */
#define _GNU_SOURCE
#include "verdict.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <libgen.h>
#include <linux/sched.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <sys/wait.h>

static struct {
	uint64_t child, husks, ports[4], first_entries, position, deadline_ns;
	uint64_t child_done;
} volatile *own;

static char directory[80]; /* names of sockets are short */

#define EXPECT(condition) expect(!!(condition), #condition, __LINE__)
#define MUST(call) must((call), #call)

static void expect(int true, const char *text, int line)
{
	add(&verdict->checks, 1);
	if (true)
		return;
	add(&verdict->failures, 1);
	tell("line %d: %s (errno %d)", line, text, errno);
}

static long must(long result, const char *text)
{
	if (result < 0) {
		fprintf(stderr, "%s: %s\n", text, strerror(errno));
		tell("%s: errno %d", text, errno);
		exit(4);
	}
	return result;
}

/* Gives a descriptor its number. */
static int at(int number, long fd)
{
	must(fd, "a descriptor");
	if (fd != number) {
		MUST(dup2(fd, number));
		close(fd);
	}
	return number;
}

static int flags_of(int fd)
{
	return fcntl(fd, F_GETFL) & (O_ACCMODE | O_APPEND | O_NONBLOCK | O_PATH | O_DIRECTORY);
}

static int reads(int fd, const char *text)
{
	char buffer[4096];
	ssize_t n = read(fd, buffer, sizeof(buffer));
	return n == (ssize_t)strlen(text) && !memcmp(buffer, text, n);
}

static int writes(int fd, const char *text)
{
	return write(fd, text, strlen(text)) == (ssize_t)strlen(text);
}

static int is_empty(int fd)
{
	struct pollfd p = {fd, POLLIN, 0};
	return poll(&p, 1, 0) == 0;
}

/* Same open file description: one moves, the other has moved. */
static int is_shared(int fd, int other)
{
	return syscall(SYS_kcmp, getpid(), getpid(), 0 /* KCMP_FILE */, fd, other) == 0;
}

/* ---- regular files, directories, devices ---- */

static void open_regular(void)
{
	at(10, open("some", O_RDWR | O_CREAT | O_TRUNC, 0640));
	MUST(write(10, "0123456789", 10));
	MUST(lseek(10, 5, SEEK_SET));
	MUST(dup3(10, 13, O_CLOEXEC));
	at(14, open("some", O_RDONLY));
	MUST(lseek(14, 2, SEEK_SET));
	at(11, open("log", O_WRONLY | O_CREAT | O_APPEND | O_TRUNC, 0600));
	MUST(write(11, "one ", 4));
	MUST(mkdir("dir", 0700));
	for (int i = 0; i < 20; i++) {
		char name[32];
		snprintf(name, sizeof(name), "dir/entry%d", i);
		close(MUST(open(name, O_CREAT | O_WRONLY, 0600)));
	}
	at(12, open("dir", O_RDONLY | O_DIRECTORY));
	char entries[200];
	MUST(syscall(SYS_getdents64, 12, entries, sizeof(entries)));
	own->position = MUST(lseek(12, 0, SEEK_CUR));
	at(15, open("/dev/null", O_RDWR));
	at(16, open("/dev/zero", O_RDONLY));
	at(17, open("/dev/urandom", O_RDONLY));
	at(18, open("some", O_PATH));
	at(5000, open("some", O_RDONLY));
}

static void check_regular(void)
{
	EXPECT(lseek(10, 0, SEEK_CUR) == 5 && lseek(13, 0, SEEK_CUR) == 5 && lseek(14, 0, SEEK_CUR) == 2);
	EXPECT(is_shared(10, 13) && !is_shared(10, 14) && !is_shared(14, 5000));
	EXPECT(fcntl(10, F_GETFD) == 0 && fcntl(13, F_GETFD) == FD_CLOEXEC);
	EXPECT(flags_of(10) == O_RDWR && flags_of(14) == O_RDONLY && flags_of(11) == (O_WRONLY | O_APPEND));
	EXPECT(reads(10, "56789") && reads(14, "23456789") && reads(13, ""));
	EXPECT(lseek(11, 0, SEEK_SET) == 0 && writes(11, "two"));
	int log = open("log", O_RDONLY);
	EXPECT(reads(log, "one two"));
	close(log);
	EXPECT((uint64_t)lseek(12, 0, SEEK_CUR) == own->position && (flags_of(12) & O_DIRECTORY));
	char buffer[64] = {1, 1, 1, 1};
	EXPECT(write(15, "x", 1) == 1 && read(15, buffer, 1) == 0);
	EXPECT(read(16, buffer, 4) == 4 && !buffer[0] && !buffer[3]);
	EXPECT(read(17, buffer, 64) == 64);
	EXPECT((flags_of(18) & O_PATH) && read(18, buffer, 1) < 0 && errno == EBADF);
	EXPECT(reads(5000, "0123456789"));
	EXPECT(fcntl(19, F_GETFD) < 0 && fcntl(3, F_GETFD) < 0);
}

/* ---- pipes ---- */

static void open_pipes(void)
{
	int p[2];
	MUST(pipe(p));
	at(30, p[0]), at(31, p[1]);
	MUST(write(31, "in the pipe", 11));
	MUST(fcntl(31, F_SETPIPE_SZ, 1 << 17));
	MUST(fcntl(30, F_SETFL, O_NONBLOCK));
	MUST(dup2(31, 20));
	at(21, open("/proc/self/fd/31", O_WRONLY | O_NONBLOCK));
	at(22, open("/proc/self/fd/31", O_RDWR));

	MUST(pipe(p));
	at(32, p[0]), at(33, p[1]);
	MUST(fcntl(33, F_SETFL, O_NONBLOCK));
	for (uint64_t i = 0, word; word = mix(i), write(33, &word, 8) == 8; i++)
		;
	MUST(pipe(p));
	at(34, p[0]);
	MUST(write(p[1], "the last", 8));
	close(p[1]);
	MUST(pipe(p));
	at(35, p[1]);
	close(p[0]);
}

static void check_pipes(void)
{
	EXPECT(fcntl(30, F_GETPIPE_SZ) == 1 << 17 && fcntl(31, F_GETPIPE_SZ) == 1 << 17);
	EXPECT(flags_of(30) == O_NONBLOCK && flags_of(31) == O_WRONLY);
	EXPECT(flags_of(21) == (O_WRONLY | O_NONBLOCK) && flags_of(22) == O_RDWR);
	EXPECT(is_shared(31, 20) && !is_shared(31, 21));
	EXPECT(reads(30, "in the pipe") && is_empty(30));
	EXPECT(writes(20, "a") && writes(21, "b") && writes(22, "c") && reads(22, "abc") && is_empty(30));
	uint64_t word, i = 0;
	EXPECT(write(33, "x", 1) < 0 && errno == EAGAIN);
	while (!is_empty(32) && read(32, &word, 8) == 8 && word == mix(i))
		i++;
	EXPECT(i == 65536 / 8);
	EXPECT(reads(34, "the last") && reads(34, ""));
	signal(SIGPIPE, SIG_IGN);
	EXPECT(write(35, "x", 1) < 0 && errno == EPIPE);
}

static void open_fifos(void)
{
	MUST(mkfifo("fifo", 0600));
	at(10, open("fifo", O_RDONLY | O_NONBLOCK));
	at(11, open("fifo", O_WRONLY));
	MUST(fcntl(11, F_SETFD, FD_CLOEXEC));
	MUST(write(11, "in the fifo", 11));
	MUST(mkfifo("other", 0622));
	at(12, open("other", O_RDWR));
	MUST(dup2(12, 13));
	MUST(write(12, "of the other", 12));
}

static void check_fifos(void)
{
	EXPECT(flags_of(10) == O_NONBLOCK && flags_of(11) == O_WRONLY && flags_of(12) == O_RDWR);
	EXPECT(fcntl(11, F_GETFD) == FD_CLOEXEC && is_shared(12, 13));
	EXPECT(reads(10, "in the fifo") && writes(11, "more") && reads(10, "more"));
	EXPECT(reads(13, "of the other") && is_empty(12));
	close(11);
	EXPECT(reads(10, ""));
}

/* ---- eventfd, signalfd, timerfd, epoll, inotify ---- */

static void open_events(void)
{
	at(10, eventfd(7, EFD_NONBLOCK));
	MUST(fcntl(10, F_SETFD, FD_CLOEXEC));
	at(11, eventfd(0, 0));
	uint64_t many = 1ull << 40;
	MUST(write(11, &many, 8));
	at(12, eventfd(0, EFD_NONBLOCK));
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGRTMIN + 3);
	at(13, signalfd(-1, &set, SFD_NONBLOCK));
}

static void check_events(void)
{
	uint64_t count;
	EXPECT(fcntl(10, F_GETFD) == FD_CLOEXEC && flags_of(10) == (O_RDWR | O_NONBLOCK));
	EXPECT(read(10, &count, 8) == 8 && count == 7 && read(10, &count, 8) < 0 && errno == EAGAIN);
	EXPECT(flags_of(11) == O_RDWR && read(11, &count, 8) == 8 && count == 1ull << 40);
	EXPECT(read(12, &count, 8) < 0 && errno == EAGAIN);
	sigset_t set;
	sigfillset(&set);
	sigprocmask(SIG_BLOCK, &set, 0);
	struct signalfd_siginfo info;
	EXPECT(read(13, &info, sizeof(info)) < 0 && errno == EAGAIN);
	raise(SIGUSR2);
	EXPECT(read(13, &info, sizeof(info)) < 0 && errno == EAGAIN);
	raise(SIGRTMIN + 3);
	EXPECT(read(13, &info, sizeof(info)) == sizeof(info) && (int)info.ssi_signo == SIGRTMIN + 3);
	raise(SIGUSR1);
	EXPECT(read(13, &info, sizeof(info)) == sizeof(info) && info.ssi_signo == SIGUSR1);
}

static void open_timers(void)
{
	struct itimerspec far = {{3, 5}, {1000, 5}}, due = {{0, 300000000}, {0, 1000}}, once = {{0, 0}, {0, 1000}};
	at(10, timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK));
	MUST(timerfd_settime(10, 0, &far, 0));
	at(11, timerfd_create(CLOCK_BOOTTIME, 0));
	MUST(timerfd_settime(11, 0, &due, 0));
	at(12, timerfd_create(CLOCK_MONOTONIC, 0));
	MUST(timerfd_settime(12, 0, &once, 0));
	at(13, timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK));
	struct itimerspec absolute = {{0, 0}, {time(0) + 500, 999999999}};
	MUST(timerfd_settime(13, TFD_TIMER_ABSTIME, &absolute, 0));
	own->deadline_ns = realtime_ns() + 500000000000ull;
	at(14, timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK));
	usleep(20000);
}

static void check_timers(void)
{
	struct itimerspec t;
	uint64_t ticks;
	EXPECT(timerfd_gettime(10, &t) == 0 && t.it_interval.tv_sec == 3 && t.it_interval.tv_nsec == 5);
	EXPECT(t.it_value.tv_sec > 900 && t.it_value.tv_sec <= 1000 && is_empty(10));
	EXPECT(!is_empty(11) && read(11, &ticks, 8) == 8 && ticks >= 1);
	EXPECT(read(11, &ticks, 8) == 8 && ticks >= 1); /* it goes on */
	EXPECT(!is_empty(12) && read(12, &ticks, 8) == 8 && ticks == 1);
	EXPECT(timerfd_gettime(12, &t) == 0 && t.it_value.tv_sec == 0 && t.it_value.tv_nsec == 0);
	EXPECT(timerfd_gettime(13, &t) == 0 && t.it_value.tv_sec > 400 && t.it_value.tv_sec <= 501);
	EXPECT(flags_of(13) == (O_RDWR | O_NONBLOCK));
	EXPECT(timerfd_gettime(14, &t) == 0 && t.it_value.tv_sec == 0 && t.it_value.tv_nsec == 0 && is_empty(14));
}

static void watch(int set, int fd, uint32_t events, uint64_t data)
{
	struct epoll_event e = {.events = events, .data.u64 = data};
	MUST(epoll_ctl(set, EPOLL_CTL_ADD, fd, &e));
}

static void open_polls(void)
{
	int p[2];
	MUST(pipe(p));
	at(30, p[0]), at(31, p[1]);
	at(12, eventfd(0, EFD_NONBLOCK));
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	at(13, signalfd(-1, &set, SFD_NONBLOCK));
	at(10, epoll_create1(0));
	MUST(fcntl(10, F_SETFD, FD_CLOEXEC));
	at(11, epoll_create1(0));
	watch(10, 30, EPOLLIN, 0x1122334455667788);
	watch(10, 31, EPOLLOUT | EPOLLET | EPOLLONESHOT, 31);
	watch(10, 13, EPOLLIN, 13);
	watch(11, 10, EPOLLIN, 10); /* a set in a set */
	watch(11, 12, EPOLLIN | EPOLLRDHUP | EPOLLPRI, 12);
	MUST(write(31, "x", 1));
	struct epoll_event e;
	MUST(epoll_wait(11, &e, 1, 0));
	MUST(dup2(11, 15));
}

static void check_polls(void)
{
	struct epoll_event e[8];
	EXPECT(fcntl(10, F_GETFD) == FD_CLOEXEC && fcntl(11, F_GETFD) == 0 && is_shared(11, 15));
	EXPECT(epoll_wait(11, e, 8, 0) == 1 && e[0].data.u64 == 10);
	int n = epoll_wait(10, e, 8, 0), seen = 0;
	for (int i = 0; i < n; i++) {
		seen += e[i].data.u64 == 0x1122334455667788 && e[i].events == EPOLLIN;
		seen += e[i].data.u64 == 31 && e[i].events == EPOLLOUT;
	}
	EXPECT(n == 2 && seen == 2);
	EXPECT(epoll_wait(10, e, 8, 0) == 1); /* the other one was a single shot */
	EXPECT(reads(30, "x") && epoll_wait(10, e, 8, 0) == 0 && epoll_wait(15, e, 8, 0) == 0);
	uint64_t one = 1;
	EXPECT(write(12, &one, 8) == 8 && epoll_wait(15, e, 8, 0) == 1 && e[0].data.u64 == 12);
	sigset_t set;
	sigfillset(&set);
	sigprocmask(SIG_BLOCK, &set, 0);
	raise(SIGUSR1); /* the set knows whose signals they are */
	EXPECT(epoll_wait(10, e, 8, 1000) == 1 && e[0].data.u64 == 13);
	EXPECT(epoll_ctl(10, EPOLL_CTL_ADD, 30, e) < 0 && errno == EEXIST);
	EXPECT(epoll_ctl(10, EPOLL_CTL_DEL, 30, 0) == 0 && epoll_ctl(10, EPOLL_CTL_DEL, 31, 0) == 0);
}

static void open_watches(void)
{
	MUST(mkdir("watched", 0700));
	close(MUST(open("watched/file", O_CREAT | O_WRONLY, 0600)));
	at(10, inotify_init1(IN_NONBLOCK));
	MUST(inotify_add_watch(10, "/", IN_DELETE_SELF));
	MUST(inotify_add_watch(10, "/dev", IN_DELETE_SELF));
	own->ports[0] = MUST(inotify_add_watch(10, "watched", IN_CREATE | IN_ONLYDIR));
	own->ports[1] = MUST(inotify_add_watch(10, "watched/file", IN_OPEN | IN_MODIFY));
	MUST(inotify_rm_watch(10, 1));
}

static void check_watches(void)
{
	char buffer[1024] __attribute__((aligned(8)));
	struct inotify_event *e = (void *)buffer;
	EXPECT(flags_of(10) == O_NONBLOCK && read(10, buffer, sizeof(buffer)) < 0 && errno == EAGAIN);
	close(open("watched/new", O_CREAT | O_WRONLY, 0600));
	EXPECT(read(10, buffer, sizeof(buffer)) > 0 && (uint64_t)e->wd == own->ports[0] && e->mask == IN_CREATE);
	EXPECT(!strcmp(e->name, "new"));
	close(open("watched/file", O_RDONLY));
	EXPECT(read(10, buffer, sizeof(buffer)) > 0 && (uint64_t)e->wd == own->ports[1] && e->mask == IN_OPEN);
	EXPECT(inotify_rm_watch(10, 1) < 0 && inotify_rm_watch(10, 2) == 0);
}

/* ---- memory ---- */

static void open_memory(void)
{
	at(10, memfd_create("of a name", MFD_ALLOW_SEALING));
	MUST(ftruncate(10, 3 * PAGE + 100));
	char page[PAGE];
	write_page(page, 7);
	MUST(pwrite(10, page, PAGE, PAGE));
	MUST(pwrite(10, "the end", 7, 3 * PAGE + 93));
	MUST(lseek(10, 3 * PAGE + 93, SEEK_SET));
	MUST(fchmod(10, 0600));
	at(11, open("/proc/self/fd/10", O_RDONLY));
	MUST(fcntl(10, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE));
	at(12, memfd_create("plain", 0));
	MUST(write(12, "plain", 5));
	at(13, memfd_create("empty", 0));
}

static void check_memory(void)
{
	char page[PAGE], link[64] = "";
	struct stat s;
	EXPECT(fstat(10, &s) == 0 && s.st_size == 3 * PAGE + 100 && (s.st_mode & 07777) == 0600);
	EXPECT(readlink("/proc/self/fd/10", link, 63) > 0 && !strcmp(link, "/memfd:of a name (deleted)"));
	EXPECT(pread(10, page, PAGE, PAGE) == PAGE && bad_words(page, 7) == 0);
	EXPECT(pread(10, page, PAGE, 0) == PAGE && !page[0] && !page[PAGE - 1]);
	EXPECT(reads(10, "the end") && flags_of(11) == O_RDONLY && lseek(11, 0, SEEK_CUR) == 0);
	struct stat other;
	EXPECT(fstat(11, &other) == 0 && other.st_ino == s.st_ino);
	EXPECT(fcntl(10, F_GET_SEALS) == (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE));
	EXPECT(write(10, "x", 1) < 0 && errno == EPERM && ftruncate(10, 0) < 0);
	EXPECT(fcntl(12, F_GET_SEALS) == F_SEAL_SEAL && writes(12, " more") && lseek(12, 0, SEEK_SET) == 0);
	EXPECT(reads(12, "plain more") && fstat(13, &s) == 0 && s.st_size == 0);
}

/* ---- unix sockets ---- */

static struct sockaddr_un *unix_address(const char *name, socklen_t *length)
{
	static struct sockaddr_un a;
	memset(&a, 0, sizeof(a));
	a.sun_family = AF_UNIX;
	if (*name == '@') {
		strcpy(a.sun_path + 1, name + 1);
		*length = offsetof(struct sockaddr_un, sun_path) + strlen(name);
	} else {
		strcat(strcat(strcpy(a.sun_path, directory), "/"), name);
		*length = offsetof(struct sockaddr_un, sun_path) + strlen(a.sun_path) + 1;
	}
	return &a;
}

static char *abstract(void)
{
	static char name[64];
	snprintf(name, sizeof(name), "@criu-lazy files %llu", (unsigned long long)verdict->pid);
	return name;
}

static void pair(int type, int one, int other)
{
	int p[2];
	MUST(socketpair(AF_UNIX, type, 0, p));
	/* not a number of the pair itself */
	int a = MUST(fcntl(p[0], F_DUPFD, 100)), b = MUST(fcntl(p[1], F_DUPFD, 100));
	close(p[0]), close(p[1]);
	at(one, a), at(other, b);
}

static void open_unix(void)
{
	socklen_t length;
	pair(SOCK_STREAM, 10, 11);
	char page[PAGE];
	write_page(page, 9);
	for (int i = 0; i < 25; i++)
		MUST(send(10, page, PAGE, 0));
	MUST(send(11, "back", 4, 0));
	MUST(fcntl(11, F_SETFL, O_NONBLOCK));
	MUST(dup2(11, 9));
	pair(SOCK_DGRAM, 12, 13);
	MUST(send(12, "first", 5, 0)), MUST(send(12, "second", 6, 0)); /* criu loses what is behind an empty one */
	pair(SOCK_SEQPACKET, 14, 15);
	MUST(send(15, "packet", 6, 0)), MUST(send(15, "s", 1, 0));
	MUST(shutdown(15, SHUT_WR));
	pair(SOCK_STREAM, 16, 17);
	MUST(send(17, "farewell", 8, 0));
	close(17);
	int on = 1, size = 50000;
	struct timeval timeout = {5, 250000};
	MUST(setsockopt(12, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)));
	MUST(setsockopt(12, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)));
	MUST(setsockopt(12, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)));

	struct sockaddr_un *a = unix_address("listener", &length);
	at(20, socket(AF_UNIX, SOCK_STREAM, 0));
	MUST(bind(20, (void *)a, length));
	MUST(chmod(a->sun_path, 0604));
	MUST(listen(20, 7));
	at(21, socket(AF_UNIX, SOCK_SEQPACKET, 0));
	a = unix_address(abstract(), &length);
	MUST(bind(21, (void *)a, length));
	MUST(listen(21, 3));
	at(22, socket(AF_UNIX, SOCK_DGRAM, 0));
	a = unix_address("letterbox", &length);
	MUST(bind(22, (void *)a, length));
	at(23, socket(AF_UNIX, SOCK_DGRAM, 0));
	MUST(connect(23, (void *)a, length));
	at(24, socket(AF_UNIX, SOCK_STREAM, 0));
}

static void check_unix(void)
{
	char page[PAGE];
	socklen_t length;
	int whole = 1;
	for (int i = 0; i < 25; i++)
		whole &= recv(11, page, PAGE, MSG_WAITALL) == PAGE && !bad_words(page, 9);
	EXPECT(whole && is_empty(11) && is_shared(11, 9) && flags_of(11) == (O_RDWR | O_NONBLOCK));
	EXPECT(reads(10, "back") && writes(10, "again") && reads(9, "again"));
	struct ucred c;
	length = sizeof(c);
	EXPECT(getsockopt(10, SOL_SOCKET, SO_PEERCRED, &c, &length) == 0 && (uint64_t)c.pid == verdict->pid);
	EXPECT(reads(13, "first") && reads(13, "second") && is_empty(13));
	EXPECT(writes(13, "answer") && reads(12, "answer"));
	int value = 0;
	struct timeval timeout;
	length = sizeof(value);
	EXPECT(getsockopt(12, SOL_SOCKET, SO_PASSCRED, &value, &length) == 0 && value == 1);
	EXPECT(getsockopt(13, SOL_SOCKET, SO_PASSCRED, &value, &length) == 0 && value == 0);
	EXPECT(getsockopt(12, SOL_SOCKET, SO_SNDBUF, &value, &length) == 0 && value == 100000);
	length = sizeof(timeout);
	EXPECT(getsockopt(12, SOL_SOCKET, SO_RCVTIMEO, &timeout, &length) == 0 && timeout.tv_sec == 5);
	EXPECT(timeout.tv_usec == 252000 || timeout.tv_usec == 250000);
	EXPECT(reads(14, "packet") && reads(14, "s") && reads(14, "") && writes(14, "still"));
	EXPECT(reads(15, "still") && send(15, "x", 1, MSG_NOSIGNAL) < 0 && errno == EPIPE);
	EXPECT(reads(16, "farewell") && reads(16, "") && send(16, "x", 1, MSG_NOSIGNAL) < 0 && errno == EPIPE);

	struct sockaddr_un *a = unix_address("listener", &length);
	struct stat s;
	EXPECT(stat(a->sun_path, &s) == 0 && S_ISSOCK(s.st_mode) && (s.st_mode & 0777) == 0604);
	int client = socket(AF_UNIX, SOCK_STREAM, 0);
	EXPECT(connect(client, (void *)a, length) == 0);
	int served = accept(20, 0, 0);
	EXPECT(served >= 0 && writes(client, "hello") && reads(served, "hello"));
	a = unix_address(abstract(), &length);
	int other = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	EXPECT(connect(other, (void *)a, length) == 0 && accept(21, 0, 0) >= 0);
	EXPECT(writes(23, "a letter") && reads(22, "a letter") && is_empty(22));
	a = unix_address("listener", &length);
	EXPECT(connect(24, (void *)a, length) == 0 && accept(20, 0, 0) >= 0);
}

/* ---- internet ---- */

static int get(int fd, int level, int name)
{
	int value = -1;
	socklen_t length = sizeof(value);
	return getsockopt(fd, level, name, &value, &length) ? -1 : value;
}

static void set(int fd, int level, int name, int value)
{
	MUST(setsockopt(fd, level, name, &value, sizeof(value)));
}

static unsigned port_of(int fd, int peer)
{
	struct sockaddr_in6 a = {0};
	socklen_t length = sizeof(a);
	if (peer ? getpeername(fd, (void *)&a, &length) : getsockname(fd, (void *)&a, &length))
		return 0;
	return ntohs(a.sin6_port); /* at the same place in both families */
}

static void open_inet(void)
{
	struct sockaddr_in four = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	at(10, socket(AF_INET, SOCK_STREAM, 0));
	set(10, SOL_SOCKET, SO_REUSEADDR, 1);
	set(10, SOL_SOCKET, SO_KEEPALIVE, 1);
	set(10, IPPROTO_TCP, TCP_NODELAY, 1);
	set(10, IPPROTO_TCP, TCP_KEEPIDLE, 77);
	MUST(bind(10, (void *)&four, sizeof(four)));
	MUST(listen(10, 11));
	MUST(fcntl(10, F_SETFL, O_NONBLOCK));
	own->ports[0] = port_of(10, 0);
	at(11, socket(AF_INET6, SOCK_STREAM, 0));
	set(11, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	six.sin6_port = htons(own->ports[0]);
	MUST(bind(11, (void *)&six, sizeof(six)));
	MUST(listen(11, 5));
	own->ports[1] = port_of(11, 0);
	at(12, socket(AF_INET, SOCK_DGRAM, 0));
	MUST(bind(12, (void *)&four, sizeof(four)));
	own->ports[2] = port_of(12, 0);
	at(13, socket(AF_INET, SOCK_DGRAM, 0));
	four.sin_port = htons(own->ports[2]);
	MUST(connect(13, (void *)&four, sizeof(four)));
	set(13, SOL_SOCKET, SO_BROADCAST, 1);
	own->ports[3] = port_of(13, 0);
	at(14, socket(AF_INET, SOCK_STREAM, 0));
	set(14, SOL_SOCKET, SO_SNDBUF, 40000);
}

static int accepts(int listener, int family, unsigned port)
{
	struct sockaddr_in four = {AF_INET, htons(port), {htonl(INADDR_LOOPBACK)}, {0}};
	struct sockaddr_in6 six = {AF_INET6, htons(port), 0, IN6ADDR_LOOPBACK_INIT, 0};
	int client = socket(family, SOCK_STREAM, 0);
	int refused = family == AF_INET ? connect(client, (void *)&four, sizeof(four))
					: connect(client, (void *)&six, sizeof(six));
	int served = refused ? -1 : accept(listener, 0, 0);
	int good = served >= 0 && writes(client, "hello") && reads(served, "hello");
	close(served), close(client);
	return good;
}

static void check_inet(void)
{
	EXPECT(port_of(10, 0) == own->ports[0] && port_of(11, 0) == own->ports[1]);
	EXPECT(get(10, SOL_SOCKET, SO_ACCEPTCONN) == 1 && get(10, SOL_SOCKET, SO_REUSEADDR) == 1);
	EXPECT(get(11, SOL_SOCKET, SO_REUSEADDR) == 0 && get(11, IPPROTO_IPV6, IPV6_V6ONLY) == 1);
	EXPECT(get(10, SOL_SOCKET, SO_KEEPALIVE) == 1 && get(10, IPPROTO_TCP, TCP_KEEPIDLE) == 77);
	EXPECT(get(10, IPPROTO_TCP, TCP_NODELAY) == 1 && flags_of(10) == (O_RDWR | O_NONBLOCK));
	EXPECT(accepts(10, AF_INET, own->ports[0]) && accepts(11, AF_INET6, own->ports[1]));
	EXPECT(port_of(12, 0) == own->ports[2] && port_of(13, 0) == own->ports[3]);
	EXPECT(port_of(13, 1) == own->ports[2] && get(13, SOL_SOCKET, SO_BROADCAST) == 1);
	EXPECT(writes(13, "datagram") && reads(12, "datagram"));
	EXPECT(port_of(14, 0) == 0 && get(14, SOL_SOCKET, SO_SNDBUF) == 80000);
	struct sockaddr_in four = {AF_INET, htons(own->ports[0]), {htonl(INADDR_LOOPBACK)}, {0}};
	EXPECT(connect(14, (void *)&four, sizeof(four)) == 0);
}

/* ---- owners ---- */

static volatile int told;

static void be_told(int signal)
{
	told = signal;
}

static void open_owners(void)
{
	int p[2];
	signal(SIGRTMIN + 1, be_told);
	MUST(pipe(p));
	at(30, p[0]), at(31, p[1]);
	MUST(fcntl(30, F_SETOWN, getpid()));
	MUST(fcntl(30, F_SETSIG, SIGRTMIN + 1));
	MUST(fcntl(30, F_SETFL, O_ASYNC | O_NONBLOCK));
}

static void check_owners(void)
{
	signal(SIGRTMIN + 1, be_told);
	EXPECT((uint64_t)fcntl(30, F_GETOWN) == verdict->pid && fcntl(30, F_GETSIG) == SIGRTMIN + 1);
	EXPECT(!told && writes(31, "x") && reads(30, "x"));
	for (int i = 0; i < 1000 && !told; i++)
		nap();
	EXPECT(told == SIGRTMIN + 1);
}

/* ---- what a parent and a child share ---- */

static void open_shared(void)
{
	int p[2];
	at(10, open("both", O_RDWR | O_CREAT | O_TRUNC, 0600));
	MUST(write(10, "0123456789", 10));
	MUST(lseek(10, 0, SEEK_SET));
	MUST(pipe(p));
	at(30, p[0]), at(31, p[1]);
	pair(SOCK_STREAM, 12, 13);
	at(14, eventfd(0, EFD_NONBLOCK));
	at(15, epoll_create1(0));
	watch(15, 14, EPOLLIN, 14);
	at(16, open("both", O_RDONLY));
}

static void open_parents(void)
{
	close(30), close(13), close(16);
	MUST(write(31, "down", 4));
}

static void open_childs(void)
{
	close(31), close(12);
	MUST(dup3(10, 20, O_CLOEXEC));
	close(10);
	MUST(write(13, "up", 2));
	at(21, open("both", O_RDONLY));
	MUST(lseek(21, 3, SEEK_SET));
}

static void check_childs(void)
{
	EXPECT(reads(30, "down") && writes(13, ", and more"));
	EXPECT(lseek(20, 6, SEEK_SET) == 6 && fcntl(20, F_GETFD) == FD_CLOEXEC);
	EXPECT(fcntl(10, F_GETFD) < 0 && fcntl(31, F_GETFD) < 0 && fcntl(12, F_GETFD) < 0);
	EXPECT(reads(21, "3456789") && reads(16, "0123456789"));
	uint64_t one = 1;
	EXPECT(write(14, &one, 8) == 8);
}

static void check_parents(void)
{
	struct epoll_event e;
	EXPECT(reads(12, "up, and more") && writes(12, "thanks"));
	EXPECT(reads(10, "6789") && fcntl(30, F_GETFD) < 0 && fcntl(13, F_GETFD) < 0 && fcntl(16, F_GETFD) < 0);
	EXPECT(epoll_wait(15, &e, 1, 0) == 1 && e.data.u64 == 14);
	EXPECT(syscall(SYS_kcmp, getpid(), (int)own->child, 0, 10, 20) == 0);
	signal(SIGPIPE, SIG_IGN);
	EXPECT(writes(31, "last"));
}

/* ---- nothing that this engine restores, but for the first one ---- */

static void open_refused(void)
{
	at(10, open("some", O_RDWR | O_CREAT, 0600));
	at(11, open("gone", O_RDWR | O_CREAT, 0600));
	MUST(unlink("gone"));
	pair(SOCK_STREAM, 12, 13);
	char control[CMSG_SPACE(sizeof(int))] = {0};
	struct iovec data = {"x", 1};
	struct msghdr m = {0, 0, &data, 1, control, sizeof(control), 0};
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	c->cmsg_level = SOL_SOCKET, c->cmsg_type = SCM_RIGHTS, c->cmsg_len = CMSG_LEN(sizeof(int));
	*(int *)CMSG_DATA(c) = 10;
	MUST(sendmsg(12, &m, 0));
	at(14, socket(AF_NETLINK, SOCK_RAW, 0));
}

static void check_refused(void)
{
	EXPECT(0);
}

static struct {
	const char *name;
	void (*open)(void), (*check)(void);
	void (*open_parent)(void), (*open_child)(void), (*check_child)(void);
} kinds[] = {
	{"regular", open_regular, check_regular, 0, 0, 0},
	{"pipes", open_pipes, check_pipes, 0, 0, 0},
	{"fifos", open_fifos, check_fifos, 0, 0, 0},
	{"events", open_events, check_events, 0, 0, 0},
	{"timers", open_timers, check_timers, 0, 0, 0},
	{"polls", open_polls, check_polls, 0, 0, 0},
	{"watches", open_watches, check_watches, 0, 0, 0},
	{"memory", open_memory, check_memory, 0, 0, 0},
	{"unix", open_unix, check_unix, 0, 0, 0},
	{"inet", open_inet, check_inet, 0, 0, 0},
	{"owners", open_owners, check_owners, 0, 0, 0},
	{"shared", open_shared, check_parents, open_parents, open_childs, check_childs},
	{"refused", open_refused, check_refused, 0, 0, 0},
}, *kind;

static void await_go(void)
{
	while (!verdict->command)
		nap();
}

static void be_child(void)
{
	await_go();
	kind->check_child();
	own->child_done = 1;
	for (;;)
		pause();
}

static void be_parent(void)
{
	await_go();
	while (own->child && !own->child_done)
		nap();
	kind->check();
	verdict->state = 2;
	for (;;)
		pause();
}

static pid_t clone_as(pid_t pid)
{
	struct clone_args args = {.exit_signal = SIGCHLD, .set_tid = (uintptr_t)&pid, .set_tid_size = 1};
	return MUST(syscall(SYS_clone3, &args, sizeof(args)));
}

static void be_husk(pid_t pid, pid_t child)
{
	if (clone_as(pid)) {
		while (wait(0) > 0)
			;
		exit(0);
	}
	MUST(setsid());
	int is_child = child && clone_as(child) == 0;
	MUST(syscall(SYS_close_range, 0, ~0u, 0));
	add(&own->husks, 1);
	if (is_child)
		be_child();
	be_parent();
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	char path[256];
	snprintf(path, sizeof(path), "%s", argv[1]);
	const char *name = dirname(path);
	if (strlen(name) >= sizeof(directory))
		return 2;
	strcpy(directory, name);
	pid_t husk = option(argc, argv, "husk", 0);
	own = verdict_open(argv[1], sizeof(*own));
	MUST(chdir(directory));
	for (kind = kinds; strcmp(kind->name, argv[2]); kind++)
		if (kind == kinds + sizeof(kinds) / sizeof(*kinds) - 1)
			return 2;
	if (husk) {
		verdict->pid = husk;
		be_husk(husk, own->child);
	}
	kind->open();
	if (kind->open_child) {
		int p[2];
		char done;
		MUST(pipe(p));
		pid_t child = MUST(fork());
		if (!child) {
			close(p[0]);
			kind->open_child();
			close(p[1]);
			be_child();
		}
		own->child = child;
		close(p[1]);
		kind->open_parent();
		MUST(read(p[0], &done, 1)); /* its end is closed when it is ready */
		close(p[0]);
	}
	verdict->state = 1;
	be_parent();
}
