/*
 * Runs a program that is killed (SIGKILL) at one of its steps, before the step is carried out.
 *
 * usage: dies-at STEPS STEP DIRECTORY PROGRAM [ARGUMENT]...
 *   STEPS      a file that gets a line for each step: its name, and the path if it has one
 *   STEP       N: the N-th step; NAME or NAME:N: the first or N-th of those with this name, for example
 *              unlink:2; 0: none
 *   DIRECTORY  calls with a path count as steps if it is below this
 *
 * Steps are what others can see when the program is gone: files made, written, renamed and removed, sockets
 * bound, listened to and accepted from, descriptors taken over or closed that others can take over, the keeper
 * started, asked to close something, and ended.
 *
 * The kernel asks the child of this program about each of these calls (seccomp user notifications). This process
 * itself becomes the program, so that its pid is the program's. What the program leaves behind has the same
 * filter, so the child stays until nobody has it any more.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { PATH_BYTES = 512, NO_ARGUMENT = -1 };

struct step {
	int number;
	const char *name;
	int path; /* which argument is a path */
	int file; /* which argument is a descriptor */
};

static const struct step STEPS[] = {
	{SYS_open, "open", 0, NO_ARGUMENT},
	{SYS_openat, "open", 1, NO_ARGUMENT},
	{SYS_mkdir, "mkdir", 0, NO_ARGUMENT},
	{SYS_rmdir, "rmdir", 0, NO_ARGUMENT},
	{SYS_unlink, "unlink", 0, NO_ARGUMENT},
	{SYS_unlinkat, "unlink", 1, NO_ARGUMENT},
	{SYS_rename, "rename", 1, NO_ARGUMENT},
	{SYS_chmod, "chmod", 0, NO_ARGUMENT},
	{SYS_write, "write", NO_ARGUMENT, 0},
	{SYS_pwrite64, "write", NO_ARGUMENT, 0},
	{SYS_fcntl, "lock", NO_ARGUMENT, 0},
	{SYS_bind, "bind", NO_ARGUMENT, 0},
	{SYS_listen, "listen", NO_ARGUMENT, 0},
	{SYS_accept4, "accept", NO_ARGUMENT, 0},
	{SYS_close, "close", NO_ARGUMENT, 0},
	{SYS_pidfd_getfd, "take", NO_ARGUMENT, NO_ARGUMENT},
	{SYS_rt_sigqueueinfo, "release", NO_ARGUMENT, NO_ARGUMENT},
	{SYS_kill, "kill", NO_ARGUMENT, NO_ARGUMENT},
	{SYS_clone, "clone", NO_ARGUMENT, NO_ARGUMENT},
};
enum { STEP_COUNT = sizeof STEPS / sizeof *STEPS };

static const char *directory;

static void must(int good, const char *what)
{
	if (!good) {
		fprintf(stderr, "dies-at: %s: %s\n", what, strerror(errno));
		_exit(1);
	}
}

/* Returns the descriptor over which the kernel asks. */
static int ask_from_now_on(void)
{
	struct sock_filter filter[2 * STEP_COUNT + 2];
	int n = 0;
	filter[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
	for (int i = 0; i < STEP_COUNT; i++) {
		filter[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, STEPS[i].number, 0, 1);
		filter[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF);
	}
	filter[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	struct sock_fprog program = {.len = n, .filter = filter};
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
}

/* Which program a thread belongs to; 0 if it is gone. */
static pid_t program_of(pid_t thread)
{
	char name[64], line[256];
	pid_t program = 0;
	snprintf(name, sizeof name, "/proc/%d/status", thread);
	FILE *status = fopen(name, "re");
	while (status && fgets(line, sizeof line, status))
		if (sscanf(line, "Tgid: %d", &program) == 1)
			break;
	if (status)
		fclose(status);
	return program;
}

static void read_text(pid_t pid, uint64_t address, char *text)
{
	/* it may lie just below the end of a page */
	size_t near = 4096 - address % 4096;
	struct iovec to = {text, PATH_BYTES - 1};
	struct iovec from[] = {{(void *)address, near < PATH_BYTES - 1 ? near : PATH_BYTES - 1},
			       {(void *)(address + near), PATH_BYTES - 1}};
	ssize_t bytes = process_vm_readv(pid, &to, 1, from, near < PATH_BYTES - 1 ? 2 : 1, 0);
	text[bytes > 0 ? bytes : 0] = 0;
}

static void read_link(pid_t pid, int file, char *text)
{
	char name[64];
	snprintf(name, sizeof name, "/proc/%d/fd/%d", pid, file);
	ssize_t bytes = readlink(name, text, PATH_BYTES - 1);
	text[bytes > 0 ? bytes : 0] = 0;
}

static int is_below(const char *path)
{
	return !strncmp(path, directory, strlen(directory)) || !strncmp(path, "/proc/self/fd/", 14);
}

/* Whether a call is a step; what it is about is written to text. */
static int is_step(const struct step *step, const struct seccomp_notif *call, char *text)
{
	const uint64_t *argument = (const uint64_t *)call->data.args;
	*text = 0;
	if (step->path >= 0) {
		read_text(call->pid, argument[step->path], text);
		int flags = step->number == SYS_open ? argument[1] : argument[2];
		return is_below(text) && (strcmp(step->name, "open") || flags & O_CREAT);
	}
	if (step->file >= 0)
		read_link(call->pid, argument[step->file], text);
	switch (step->number) {
	case SYS_write:
	case SYS_pwrite64:
		return is_below(text) && !strstr(text, ".out") && !strstr(text, ".log");
	case SYS_fcntl:
		return argument[1] == F_OFD_SETLK;
	case SYS_close:
		return is_below(text) || !strcmp(text, "anon_inode:[userfaultfd]") || !strncmp(text, "socket:", 7);
	case SYS_clone:
		return (argument[0] & (CLONE_VM | CLONE_FILES)) == CLONE_FILES;
	case SYS_kill:
		return argument[1] == SIGKILL;
	default:
		return 1;
	}
}

static const struct step *find(const struct seccomp_notif *call)
{
	for (int i = 0; i < STEP_COUNT; i++)
		if (STEPS[i].number == call->data.nr)
			return &STEPS[i];
	return NULL;
}

/* Answers until nobody has the filter any more. */
static void answer(int questions, pid_t program, FILE *steps, const char *which)
{
	const char *colon = strchr(which, ':');
	size_t name_bytes = colon ? (size_t)(colon - which) : strlen(which);
	int any = which[0] >= '0' && which[0] <= '9';
	int left = any ? atoi(which) : colon ? atoi(colon + 1) : 1;
	struct pollfd waiting = {questions, POLLIN, 0};
	while (poll(&waiting, 1, -1) >= 0 && !(waiting.revents & POLLHUP)) {
		struct seccomp_notif call = {0};
		char text[PATH_BYTES];
		if (ioctl(questions, SECCOMP_IOCTL_NOTIF_RECV, &call))
			continue; /* who asked is dead */
		const struct step *step = find(&call);
		if (program_of(call.pid) == program && is_step(step, &call, text)) {
			fprintf(steps, "%s %s\n", step->name, text);
			fflush(steps);
			int counts = any || (strlen(step->name) == name_bytes && !strncmp(step->name, which, name_bytes));
			if (counts && --left == 0) {
				kill(program, SIGKILL);
				continue; /* it never gets an answer */
			}
		}
		struct seccomp_notif_resp yes = {call.id, 0, 0, SECCOMP_USER_NOTIF_FLAG_CONTINUE};
		ioctl(questions, SECCOMP_IOCTL_NOTIF_SEND, &yes);
	}
}

int main(int argc, char **argv)
{
	int told[2], taken[2], questions;
	char byte = 0;
	if (argc < 5) {
		fprintf(stderr, "usage: dies-at STEPS STEP DIRECTORY PROGRAM [ARGUMENT]...\n");
		return 2;
	}
	directory = argv[3];
	pid_t program = getpid();
	must(!pipe2(told, O_CLOEXEC) && !pipe2(taken, O_CLOEXEC), "pipe");
	pid_t child = fork();
	must(child >= 0, "fork");
	if (child) {
		questions = ask_from_now_on();
		must(questions >= 0, "seccomp");
		struct iovec number = {&questions, sizeof questions}; /* a write would ask, and nobody answers yet */
		must(writev(told[1], &number, 1) == sizeof questions, "writev");
		must(read(taken[0], &byte, 1) == 1, "read"); /* the exec closes it */
		execvp(argv[4], argv + 4);
		must(0, argv[4]);
	}
	FILE *steps = fopen(argv[1], "we");
	must(steps != NULL, argv[1]);
	must(read(told[0], &questions, sizeof questions) == sizeof questions, "read");
	int process = syscall(SYS_pidfd_open, program, 0);
	questions = syscall(SYS_pidfd_getfd, process, questions, 0);
	must(questions >= 0, "pidfd_getfd");
	must(write(taken[1], &byte, 1) == 1, "write");
	int nowhere = open("/dev/null", O_RDWR);
	for (int fd = 0; fd < 3; fd++)
		dup2(nowhere, fd);
	setsid();
	answer(questions, program, steps, argv[2]);
	return 0;
}
