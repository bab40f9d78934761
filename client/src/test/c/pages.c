/*
 * One process with many pages whose contents follow from page number and generation.
 *
 * usage: pages FILE [mib=N] [stride=N] [touches=N] [thp=0|1] [exit=N]
 *   mib      memory to fill
 *   stride   only each stride-th page of the mapping is filled: an image entry for each page
 *   touches  random pages that are read, each fourth of them written, before all of them are verified
 *   thp      1: MADV_HUGEPAGE on a mapping aligned to 2 MiB; 0: MADV_NOHUGEPAGE
 *   exit     its exit code when all is verified; without it, it stays
 * A command n > 1 of the rig rewrites each third page, starting at page n % 3, with generation n.
 */
#define _GNU_SOURCE
#include "verdict.h"

static uint8_t *generation; /* of each page; in the shared file, so that no restore can lose it */
static char *memory;
static size_t pages, stride;

static char *page_at(size_t i)
{
	return memory + i * stride * PAGE;
}

static uint64_t tag_of(size_t i)
{
	return i << 8 | generation[i];
}

static void rewrite(size_t i, uint8_t to)
{
	generation[i] = to;
	write_page(page_at(i), tag_of(i));
}

static void check(size_t i)
{
	uint64_t bad = bad_words(page_at(i), tag_of(i));
	if (bad) {
		tell("page %zu at %p, generation %u: %lu wrong words, word 0 is %lx instead of %lx", i,
		     (void *)page_at(i), generation[i], bad, *(uint64_t *)page_at(i), word_of(tag_of(i), 0));
		add(&verdict->bad_words, bad);
	}
	verdict->checks++;
}

static void map_memory(int thp)
{
	size_t huge = 2ul << 20, bytes = pages * stride * PAGE;
	char *m = mmap(0, bytes + huge, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (m == MAP_FAILED) {
		perror("mmap");
		exit(4);
	}
	memory = (char *)(((uintptr_t)m + huge - 1) & ~(huge - 1));
	if (madvise(memory, bytes, thp ? MADV_HUGEPAGE : MADV_NOHUGEPAGE)) {
		perror("madvise");
		exit(4);
	}
}

static void obey_until_go(void)
{
	while (verdict->command != 1) {
		uint64_t c = verdict->command;
		if (c > 1 && verdict->done_command != c) {
			for (size_t i = c % 3; i < pages; i += 3)
				rewrite(i, c);
			verdict->done_command = c;
		}
		nap();
	}
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return 2;
	pages = option(argc, argv, "mib", 64) << 8;
	stride = option(argc, argv, "stride", 1);
	uint64_t touches = option(argc, argv, "touches", 1000);
	generation = verdict_open(argv[1], pages);
	map_memory(option(argc, argv, "thp", 0));
	for (size_t i = 0; i < pages; i++)
		rewrite(i, 1);
	verdict->state = 1;
	obey_until_go();
	verdict->go_ns = realtime_ns();
	for (uint64_t j = 0; j < touches; j++) {
		size_t i = mix(j + 1) % pages;
		check(i);
		if (j % 4 == 3)
			rewrite(i, 200 + j % 50);
	}
	for (size_t i = 0; i < pages; i++)
		check(i);
	verdict->state = 2;
	int code = option(argc, argv, "exit", 256);
	if (code < 256)
		exit(code);
	for (;;)
		pause();
}
