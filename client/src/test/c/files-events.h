/* What can be waited for. */
#ifndef FILES_EVENTS_H
#define FILES_EVENTS_H

#include "files.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>

/* ---- eventfd, signalfd, timerfd, epoll, inotify ---- */

static void open_events(void)
{
	at(10, eventfd(7, EFD_NONBLOCK));
	MUST(fcntl(10, F_SETFD, FD_CLOEXEC));
	at(11, eventfd(0, 0));
	uint64_t many = 3000000000; /* criu restores 32 bits */
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
	EXPECT(flags_of(11) == O_RDWR && read(11, &count, 8) == 8 && count == 3000000000);
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

/* Of one by one: images of criu can't tell. */
static void open_semaphores(void)
{
	at(10, eventfd(3, EFD_SEMAPHORE | EFD_NONBLOCK));
	at(11, eventfd(3, EFD_NONBLOCK));
}

static void check_semaphores(void)
{
	uint64_t count;
	for (int i = 0; i < 3; i++)
		EXPECT(read(10, &count, 8) == 8 && count == 1);
	EXPECT(read(10, &count, 8) < 0 && errno == EAGAIN);
	EXPECT(read(11, &count, 8) == 8 && count == 3);
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
	char ignored[64];
	MUST(read(10, ignored, sizeof(ignored)));
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
	EXPECT((uint64_t)fcntl(30, F_GETOWN) == own->pid && fcntl(30, F_GETSIG) == SIGRTMIN + 1);
	EXPECT(!told && writes(31, "x") && reads(30, "x"));
	for (int i = 0; i < 1000 && !told; i++)
		nap();
	EXPECT(told == SIGRTMIN + 1);
}

#endif
