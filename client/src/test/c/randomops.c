/*
 * A program of random memory operations that checks itself against a model (world.h), and reports each system
 * call that fails although it would not in an ordinary process (ops.h).
 *
 * usage: randomops FILE [seed=N] [rounds=N] [threads=N] [before=N] [after=N] [forks=0|1] [thp=0|1] [dontunmap=0|1]
 *   rounds   processes, each with the seed after the one before
 *   before   operations of each thread until it is ready to be dumped
 *   after    operations of each thread after "go"
 * Each thread has an arena of its own. Forked children go on in a copy of the model for some operations, and
 * fork again. The order of operations of a thread depends on the seed only.
 */
#define _GNU_SOURCE
#include "ops.h"
#include <sys/wait.h>

#define FAMILY 6 /* worlds of a thread: its own and five for children */
#define CHILD_OPS 60

static uint64_t seed, rounds, threads, before, after, forks;
static uint64_t *ready;
static struct world *worlds;

static void one_op(struct world *w, int depth);

static struct world *family_of(const struct world *w)
{
	return worlds + (w - worlds) / FAMILY * FAMILY;
}

static struct world *free_world(const struct world *w)
{
	struct world *family = family_of(w);
	for (int i = 1; i < FAMILY; i++)
		if (!__atomic_exchange_n(&family[i].in_use, 1, __ATOMIC_SEQ_CST))
			return &family[i];
	return 0;
}

static void child_main(struct world *w, int depth)
{
	int ops = next_random(w, CHILD_OPS);
	for (int i = 0; i < ops && !w->failed; i++)
		one_op(w, depth);
	if (next_random(w, 4))
		for (int i = 0; i < 30 && !w->failed; i++)
			op_verify(w);
	else
		verify_world(w);
	w->in_use = 0;
	_exit(w->failed);
}

/* A child that does the same as its parent. It reports by the shared verdict; here only that it ended itself. */
static void op_fork(struct world *w, int depth)
{
	struct world *copy = forks && depth < FAMILY - 1 ? free_world(w) : 0;
	uint64_t wait_now = next_random(w, 3), random = mix(w->random + depth + 1);
	if (!copy)
		return;
	memcpy(copy, w, sizeof(*w));
	copy->in_use = 1;
	copy->random = random;
	new_origins(copy);
	pid_t pid = fork();
	if (!pid)
		child_main(copy, depth + 1);
	if (pid < 0) {
		copy->in_use = 0;
		failed(w, "fork", 0, 0);
		return;
	}
	for (int i = 0; wait_now && i < 10 && !w->failed; i++)
		one_op(w, FAMILY);
	int status;
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status)) {
		tell("seed %lu world %lu op %lu: child %d of depth %d ended with status %x", w->seed, w->number, w->op,
		     pid, depth + 1, status);
		add(&verdict->failures, 1);
		copy->in_use = 0;
	}
}

static void one_op(struct world *w, int depth)
{
	static void (*const op[])(struct world *) = {
		op_map,	   op_map,	op_write,    op_write,	op_write,  op_poke,   op_poke,	op_verify,
		op_verify, op_verify,	op_verify,   op_pipe,	op_dontneed, op_dontneed, op_free, op_populate,
		op_mprotect, op_mprotect, op_advise_thp, op_unmap, op_shrink, op_grow, op_move, op_move,
	};
	enum { OPS = sizeof(op) / sizeof(*op) };
	w->op++;
	int which = next_random(w, OPS * 4 + 1);
	if (which >= OPS * 4)
		op_fork(w, depth);
	else
		op[which / 4](w);
	add(&verdict->checks, 1);
}

static void *thread_main(void *arg)
{
	struct world *w = arg;
	for (uint64_t i = 0; i < before && !w->failed; i++)
		one_op(w, 0);
	leave_no_vma_empty(w);
	new_origins(w);
	add(ready, 1);
	while (verdict->command != 1)
		nap();
	for (uint64_t i = 0; i < after && !w->failed; i++)
		one_op(w, 0);
	verify_world(w);
	return 0;
}

static void process_main(uint64_t number)
{
	pthread_t thread[threads];
	for (uint64_t t = 0; t < threads; t++) {
		struct world *w = worlds + (number * threads + t) * FAMILY;
		w->seed = seed + number;
		w->number = t;
		w->random = mix(w->seed * 64 + t + 1);
		if (pthread_create(&thread[t], 0, thread_main, w))
			exit(5);
	}
	for (uint64_t t = 0; t < threads; t++)
		pthread_join(thread[t], 0);
	exit(0);
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return 2;
	seed = option(argc, argv, "seed", 1);
	rounds = option(argc, argv, "rounds", 1);
	threads = option(argc, argv, "threads", 2);
	before = option(argc, argv, "before", 300);
	after = option(argc, argv, "after", 1000);
	forks = option(argc, argv, "forks", 1);
	option_thp = option(argc, argv, "thp", 1);
	option_dontunmap = option(argc, argv, "dontunmap", 1);
	ready = verdict_open(argv[1], PAGE + rounds * threads * FAMILY * sizeof(struct world));
	worlds = (struct world *)((char *)ready + PAGE);
	pid_t pid[rounds];
	for (uint64_t i = 0; i < rounds; i++)
		if (!(pid[i] = fork()))
			process_main(i);
	while (*ready < rounds * threads)
		nap();
	verdict->state = 1;
	for (uint64_t i = 0; i < rounds; i++) {
		int status;
		if (waitpid(pid[i], &status, 0) != pid[i] || status) {
			tell("seed %lu: its process ended with status %x", seed + i, status);
			add(&verdict->failures, 1);
		}
	}
	verdict->state = 2;
	for (;;)
		pause();
}
