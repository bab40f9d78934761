/*
 * A tree of processes with threads; every thread owns a region and verifies it.
 *
 * usage: tree FILE [procs=N] [threads=N] [kib=N] [zombie=0|1]
 *   zombie   1: the root also has a child that has exited with 42 and was not waited for
 * Process i has the children 2i+1 and 2i+2. After "go" each thread verifies its region, writes it anew, and
 * verifies it again; each process then waits for its children, and the root stays.
 */
#define _GNU_SOURCE
#include "verdict.h"
#include <pthread.h>
#include <sys/wait.h>

#define ZOMBIE_EXIT 42

static uint64_t procs, threads, region_pages, me;
static uint64_t *ready;

static void check_region(char *region, uint64_t tag)
{
	for (uint64_t i = 0; i < region_pages; i++) {
		uint64_t bad = bad_words(region + i * PAGE, tag + i);
		if (bad) {
			tell("process %lu, tag %lx, page %lu at %p: %lu wrong words, word 0 is %lx", me, tag, i,
			     (void *)(region + i * PAGE), bad, *(uint64_t *)(region + i * PAGE));
			add(&verdict->bad_words, bad);
		}
		add(&verdict->checks, 1);
	}
}

static void fill_region(char *region, uint64_t tag)
{
	for (uint64_t i = 0; i < region_pages; i++)
		write_page(region + i * PAGE, tag + i);
}

static void *thread_main(void *arg)
{
	uint64_t tag = (me << 8 | (uintptr_t)arg) << 32;
	char *region = mmap(0, region_pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (region == MAP_FAILED) {
		tell("process %lu: mmap: %s", me, strerror(errno));
		add(&verdict->failures, 1);
		return 0;
	}
	fill_region(region, tag);
	add(ready, 1);
	while (verdict->command != 1)
		nap();
	check_region(region, tag);
	fill_region(region, tag + (1ul << 31));
	check_region(region, tag + (1ul << 31));
	return 0;
}

static void *run_threads(void *unused)
{
	(void)unused;
	pthread_t thread[threads];
	for (uint64_t t = 1; t < threads; t++)
		if (pthread_create(&thread[t], 0, thread_main, (void *)t))
			exit(5);
	thread_main(0);
	for (uint64_t t = 1; t < threads; t++)
		pthread_join(thread[t], 0);
	return 0;
}

static void expect_exit(pid_t pid, int code)
{
	int status;
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status) != code) {
		tell("process %lu: child %d ended with status %x instead of exit code %d", me, pid, status, code);
		add(&verdict->failures, 1);
	}
	add(&verdict->checks, 1);
}

static pid_t start(uint64_t number)
{
	if (number >= procs)
		return 0;
	pid_t pid = fork();
	if (pid < 0)
		exit(5);
	if (!pid) {
		me = number;
		pid_t left = start(2 * me + 1), right = start(2 * me + 2);
		run_threads(0);
		if (left)
			expect_exit(left, 0);
		if (right)
			expect_exit(right, 0);
		exit(0);
	}
	return pid;
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return 2;
	procs = option(argc, argv, "procs", 10);
	threads = option(argc, argv, "threads", 8);
	region_pages = option(argc, argv, "kib", 1024) / 4;
	ready = verdict_open(argv[1], PAGE);
	pid_t left = start(1), right = start(2), zombie = 0;
	if (option(argc, argv, "zombie", 0) && !(zombie = fork()))
		_exit(ZOMBIE_EXIT);
	pthread_t root;
	if (pthread_create(&root, 0, run_threads, 0))
		return 5;
	while (*ready < procs * threads)
		nap();
	verdict->state = 1;
	pthread_join(root, 0);
	if (left)
		expect_exit(left, 0);
	if (right)
		expect_exit(right, 0);
	if (zombie)
		expect_exit(zombie, ZOMBIE_EXIT);
	verdict->state = 2;
	for (;;)
		pause();
}
