/*
 * Moves mappings, cuts their ends off and lets them grow again, faster than anybody can look.
 *
 * usage: regrow FILE [mappings=N] [pages=N] [ballast=MIB]
 *   ballast  memory at lower addresses, to keep a background transfer in address order busy meanwhile
 * What was cut off is gone; what has grown is zero, although its addresses showed pages of the image a moment
 * before, and although the kernel reports the cut but not the growth.
 */
#define _GNU_SOURCE
#include "verdict.h"

#define STEP (2ul << 20)

static size_t pages;

static char *place(uint64_t base, size_t i)
{
	return (char *)(base + i * STEP);
}

static void fill(uint64_t base, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char *at = place(base, i);
		if (mmap(at, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE,
			 -1, 0) != at)
			exit(4);
		for (size_t page = 0; page < pages; page++)
			write_page(at + page * PAGE, i << 16 | page);
	}
}

static void check(char *at, size_t i)
{
	uint64_t bad = bad_words(at, i << 16);
	for (size_t w = WORDS; w < pages * WORDS; w++)
		bad += ((volatile uint64_t *)at)[w] != 0;
	if (bad) {
		tell("mapping %zu at %p: %lu wrong words", i, (void *)at, bad);
		add(&verdict->bad_words, bad);
	}
	verdict->checks++;
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return 2;
	size_t mappings = option(argc, argv, "mappings", 2000), ballast = option(argc, argv, "ballast", 128);
	pages = option(argc, argv, "pages", 8);
	verdict_open(argv[1], PAGE);
	fill(0x100000000000ul, mappings);
	char *low = mmap((char *)0x080000000000ul, ballast << 20, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	if (low == MAP_FAILED)
		return 4;
	memset(low, 1, ballast << 20);
	verdict->state = 1;
	while (verdict->command != 1)
		nap();
	for (size_t i = 0; i < mappings; i++) {
		char *from = place(0x100000000000ul, i), *to = place(0x200000000000ul, i);
		EXPECT(mremap(from, pages * PAGE, pages * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, to) == to, "mapping %zu", i);
		EXPECT(mremap(to, pages * PAGE, PAGE, 0) == to, "mapping %zu", i);
		EXPECT(mremap(to, PAGE, pages * PAGE, 0) == to, "mapping %zu", i);
		check(to, i);
	}
	verdict->state = 2;
	for (;;)
		pause();
}
