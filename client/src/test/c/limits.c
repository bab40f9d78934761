/*
 * What a process can tell while its memory comes in lazily: each call here once on ordinary memory and once on
 * memory that a userfaultfd is to fill. docs/limits.md has the results and the reasons.
 *
 * usage: limits
 * One line each: "NAME: ORDINARY, LAZY".
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif
#define PAGE 4096ul
#define BYTES (4ul << 20)

static int uffd;
static char page[PAGE];

/* Fills each page that is asked for, of the parent and of its children. */
static void *fill(void *fd)
{
	struct uffd_msg m;
	pthread_t child;
	while (read((intptr_t)fd, &m, sizeof(m)) == sizeof(m))
		if (m.event == UFFD_EVENT_PAGEFAULT) {
			struct uffdio_copy c = {m.arg.pagefault.address & -PAGE, (uintptr_t)page, PAGE, 0, 0};
			ioctl((intptr_t)fd, UFFDIO_COPY, &c);
		} else if (m.event == UFFD_EVENT_FORK)
			pthread_create(&child, 0, fill, (void *)(intptr_t)m.arg.fork.ufd);
	return 0;
}

static char *memory(int lazy)
{
	char *at = mmap((char *)0x100000000000ul, BYTES, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
	if (at == MAP_FAILED)
		exit(3);
	if (!lazy) {
		memset(at, 1, BYTES);
		return at;
	}
	struct uffdio_api api = {UFFD_API, UFFD_FEATURE_EVENT_FORK, 0};
	struct uffdio_register all = {{(uintptr_t)at, BYTES}, UFFDIO_REGISTER_MODE_MISSING, 0};
	pthread_t filler;
	uffd = syscall(SYS_userfaultfd, O_CLOEXEC);
	if (uffd < 0 || ioctl(uffd, UFFDIO_API, &api) || ioctl(uffd, UFFDIO_REGISTER, &all) ||
	    pthread_create(&filler, 0, fill, (void *)(intptr_t)uffd))
		exit(3);
	return at;
}

static int move_several(char *at)
{
	mprotect(at + PAGE, PAGE, PROT_READ);
	return mremap(at, 3 * PAGE, 3 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, at + (1ul << 30)) == MAP_FAILED;
}

static int join_pieces(char *at)
{
	mprotect(at + PAGE, PAGE, PROT_READ);
	*(volatile char *)at;
	*(volatile char *)(at + 2 * PAGE);
	mprotect(at + PAGE, PAGE, PROT_READ | PROT_WRITE);
	return mremap(at, BYTES, BYTES + PAGE, 0) == MAP_FAILED;
}

static int own_userfaultfd(char *at)
{
	struct uffdio_api api = {UFFD_API, 0, 0};
	struct uffdio_register all = {{(uintptr_t)at, BYTES}, UFFDIO_REGISTER_MODE_MISSING, 0};
	int own = syscall(SYS_userfaultfd, O_CLOEXEC), result;
	if (own < 0 || ioctl(own, UFFDIO_API, &api))
		exit(3);
	result = ioctl(own, UFFDIO_REGISTER, &all);
	int error = errno;
	close(own);
	errno = error;
	return result;
}

static int collapse(char *at)
{
	madvise(at, BYTES, MADV_HUGEPAGE);
	return madvise(at, 2ul << 20, MADV_COLLAPSE);
}

static int wipe_on_fork(char *at)
{
	int status;
	madvise(at, BYTES, MADV_WIPEONFORK);
	pid_t child = fork();
	if (!child)
		_exit(*(volatile char *)at);
	waitpid(child, &status, 0);
	errno = 0;
	return WEXITSTATUS(status);
}

static int absent(char *at)
{
	unsigned char there;
	mincore(at, PAGE, &there);
	errno = 0;
	return !(there & 1);
}

static const struct {
	const char *name;
	int (*call)(char *);
} limit[] = {
	{"mremap over several VMAs", move_several},
	{"mremap over joined pieces, none had a page before the split", join_pieces},
	{"registering with a userfaultfd of its own", own_userfaultfd},
	{"madvise(COLLAPSE)", collapse},
	{"fork after madvise(WIPEONFORK), as the child reads it", wipe_on_fork},
	{"mincore of a page that was in use", absent},
};

static void result_of(int (*call)(char *), int lazy)
{
	int status;
	fflush(stdout);
	pid_t child = fork();
	if (!child) {
		alarm(5);
		char *at = memory(lazy);
		memset(page, 1, PAGE);
		int failed = call(at);
		printf("%s%s", failed ? errno ? strerrorname_np(errno) : "different" : "ok", lazy ? "\n" : ", ");
		fflush(stdout);
		_exit(0);
	}
	if (waitpid(child, &status, 0) != child || status)
		printf("status %x%s", status, lazy ? "\n" : ", ");
}

int main(void)
{
	for (size_t i = 0; i < sizeof(limit) / sizeof(*limit); i++) {
		printf("%s: ", limit[i].name);
		result_of(limit[i].call, 0);
		result_of(limit[i].call, 1);
	}
}
