/*
 * Splits mappings, uses the pieces and joins them again, in the first moments after its restore.
 *
 * usage: splits FILE [mappings=N] [ballast=MIB]
 *   ballast  memory at lower addresses, to keep a background transfer in address order busy meanwhile
 * Pieces of a mapping merge only if they have the same anon_vma. A mapping that had a page before it was split
 * passes its own to each piece, and all of these have had pages; so in an ordinary process, and after an eager
 * restore, the mapping is whole again and mremap takes it.
 */
#define _GNU_SOURCE
#include "verdict.h"

#define PAGES 3

static char **mapping;

static void carry(uint64_t mib)
{
	char *m = mmap((char *)0x080000000000ul, mib << 20, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	if (m == MAP_FAILED)
		exit(4);
	memset(m, 1, mib << 20);
}

static void check(size_t i, int page)
{
	uint64_t bad = bad_words(mapping[i] + page * PAGE, i * PAGES + page);
	if (bad) {
		tell("mapping %zu page %d: %lu wrong words", i, page, bad);
		add(&verdict->bad_words, bad);
	}
	verdict->checks++;
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return 2;
	size_t mappings = option(argc, argv, "mappings", 200);
	mapping = verdict_open(argv[1], mappings * sizeof(*mapping));
	carry(option(argc, argv, "ballast", 128));
	for (size_t i = 0; i < mappings; i++) {
		/* Room behind each, so that no two are neighbours and each can grow. */
		char *at = (char *)0x100000000000ul + i * 4 * PAGES * PAGE;
		mapping[i] = mmap(at, PAGES * PAGE, PROT_READ | PROT_WRITE,
				  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
		EXPECT(mapping[i] == at, "mapping %zu", i);
		for (int page = 0; page < PAGES; page++)
			write_page(at + page * PAGE, i * PAGES + page);
	}
	verdict->state = 1;
	while (verdict->command != 1)
		nap();
	for (size_t i = 0; i < mappings; i++) {
		EXPECT(!mprotect(mapping[i] + PAGE, PAGE, PROT_READ), "mapping %zu", i);
		check(i, 0);
		check(i, 2);
		EXPECT(!mprotect(mapping[i] + PAGE, PAGE, PROT_READ | PROT_WRITE), "mapping %zu", i);
		EXPECT(mremap(mapping[i], PAGES * PAGE, (PAGES + 1) * PAGE, 0) == mapping[i], "mapping %zu", i);
		check(i, 1);
	}
	verdict->state = 2;
	for (;;)
		pause();
}
