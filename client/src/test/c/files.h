/* What the kinds of files of files.c have in common. */
#ifndef FILES_H
#define FILES_H

#include "verdict.h"

#include <dirent.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

/* Of each kind, in the verdict file. */
static struct own {
	uint64_t child, child_done, ports[4], position, pid;
} volatile *own;

static char directory[80]; /* names of sockets are short */

#define MUST(call) must((call), #call)

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

#endif
