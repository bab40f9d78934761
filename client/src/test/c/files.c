/*
 * Processes with open files, one process a kind, that say afterwards whether they are what they were.
 *
 * usage: files VERDICT KIND...
 * Works in the directory of the verdict file.
 */
#define _GNU_SOURCE
#include "files-events.h"
#include "files-paths.h"
#include "files-sockets.h"

#include <libgen.h>
#include <sys/wait.h>

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

/* ---- another root directory ---- */

static void open_root(void)
{
	MUST(mkdir("jail", 0700));
	MUST(mkdir("jail/in", 0700));
	at(10, open("jail/in/file", O_RDWR | O_CREAT, 0600));
	struct stat s;
	MUST(stat("jail", &s));
	own->ports[0] = s.st_ino;
	MUST(chroot("jail"));
	MUST(chdir("/in"));
}

static void check_root(void)
{
	struct stat s;
	char path[64];
	EXPECT(stat("/", &s) == 0 && s.st_ino == own->ports[0]);
	EXPECT(getcwd(path, sizeof(path)) && !strcmp(path, "/in"));
	EXPECT(!access("/in/file", F_OK) && !access("file", F_OK) && access("/proc", F_OK) && access("../../bin", F_OK));
	EXPECT(writes(10, "x"));
}

/* ---- what somebody else has to give ---- */

static void open_streams(void)
{
	EXPECT(is_empty(0));
}

static void check_streams(void)
{
	EXPECT(reads(0, "in") && writes(1, "out"));
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

static const struct kind {
	const char *name;
	void (*open)(void), (*check)(void);
	void (*open_parent)(void), (*open_child)(void), (*check_child)(void);
} kinds[] = {
	{"regular", open_regular, check_regular, 0, 0, 0},
	{"locks", open_locks, check_locks, 0, 0, 0},
	{"memory", open_memory, check_memory, 0, 0, 0},
	{"pipes", open_pipes, check_pipes, 0, 0, 0},
	{"fifos", open_fifos, check_fifos, 0, 0, 0},
	{"events", open_events, check_events, 0, 0, 0},
	{"semaphores", open_semaphores, check_semaphores, 0, 0, 0},
	{"timers", open_timers, check_timers, 0, 0, 0},
	{"polls", open_polls, check_polls, 0, 0, 0},
	{"watches", open_watches, check_watches, 0, 0, 0},
	{"owners", open_owners, check_owners, 0, 0, 0},
	{"unix", open_unix, check_unix, 0, 0, 0},
	{"inet", open_inet, check_inet, 0, 0, 0},
	{"root", open_root, check_root, 0, 0, 0},
	{"shared", open_shared, check_parents, open_parents, open_childs, check_childs},
	{"streams", open_streams, check_streams, 0, 0, 0},
	{"refused", open_refused, check_refused, 0, 0, 0},
};

#define KINDS (sizeof(kinds) / sizeof(*kinds))

static const struct kind *kind_of(const char *name)
{
	for (size_t i = 0; i < KINDS; i++)
		if (!strcmp(kinds[i].name, name))
			return kinds + i;
	exit(2);
}

static void await_go(void)
{
	while (!verdict->command)
		nap();
}

static void be_child(const struct kind *kind)
{
	kind->open_child();
	own->child_done = 1;
	await_go();
	kind->check_child();
	own->child_done = 2;
	for (;;)
		pause();
}

static void be(const struct kind *kind)
{
	own->pid = getpid();
	kind->open();
	if (kind->open_child) {
		pid_t child = MUST(fork());
		if (!child)
			be_child(kind);
		own->child = child;
		kind->open_parent();
		while (!own->child_done)
			nap();
	}
	add(&verdict->done_command, 1);
	await_go();
	while (kind->open_child && own->child_done != 2)
		nap();
	kind->check();
	add(&verdict->done_command, 1);
	for (;;)
		pause();
}

/* Waits until all kinds have opened, or checked, their files. */
static void await(uint64_t count)
{
	while (verdict->done_command < count) {
		if (waitpid(-1, 0, WNOHANG) > 0) {
			EXPECT(0, "a child has ended");
			add(&verdict->done_command, 1);
		}
		nap();
	}
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
	own = verdict_open(argv[1], KINDS * sizeof(*own));
	MUST(chdir(directory));
	for (int i = 2; i < argc; i++, own++)
		if (!MUST(fork()))
			be(kind_of(argv[i]));
	await(argc - 2);
	verdict->state = 1;
	await_go();
	await(2 * (argc - 2));
	verdict->state = 2;
	for (;;)
		pause();
}
