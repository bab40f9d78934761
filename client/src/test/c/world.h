/*
 * The model that randomops checks its memory against: what each page of an arena has to hold.
 *
 * An arena is SLOTS slots of SLOT_PAGES pages at a fixed address. A slot holds at most one mapping, or what is
 * left of one after pieces were unmapped or moved away. Pages of one slot have come from one mmap, so a run of
 * them with equal protection, advice and origin is one VMA in an ordinary process, and mremap has to accept it.
 * The origin stands for the kernel's anon_vma, without which neighbours do not merge: a mapping has one from its
 * first write, pieces keep it when they are split off, and fork (as well as a restore, lazy or not) gives each
 * VMA that exists at that moment one of its own.
 * A world is the model of one arena as one thread sees it; a forked child continues in a copy. Worlds lie in
 * the shared file, which is never lazy. Only the thread that owns a world changes it.
 */
#ifndef WORLD_H
#define WORLD_H

#include "verdict.h"

#define SLOTS 16
#define SLOT_PAGES 512
#define ARENA_BASE 0x100000000000ul
#define ARENA_SPAN (2ul * SLOTS * SLOT_PAGES * PAGE)

enum { MAPPED = 1, READ = 2, WRITE = 4, HUGE = 8, NOHUGE = 16, ATTRIBUTES = 31, MAYBE = 32 };

struct page {
	uint64_t tag;	   /* what write_page() left; 0: a zero page */
	uint64_t poke_tag; /* word poke_word was written alone, with word_of(poke_tag, poke_word) */
	uint16_t poke_word;
	uint16_t flags; /* MAYBE: MADV_FREE was called, the page may be zero at any moment */
	uint32_t origin;
};

struct world {
	uint64_t in_use, seed, number, random, op, origins, failed;
	struct page page[SLOTS][SLOT_PAGES];
};

struct run { /* pages [from, from + n) of a slot */
	int slot, from, n;
};

static inline uint64_t next_random(struct world *w, uint64_t below)
{
	w->random += 0x9e3779b97f4a7c15ull;
	return mix(w->random) % below;
}

static inline char *arena_of(const struct world *w)
{
	return (char *)(ARENA_BASE + w->number * ARENA_SPAN);
}

static inline char *address(const struct world *w, int slot, int page)
{
	return arena_of(w) + ((size_t)slot * SLOT_PAGES + page) * PAGE;
}

static inline int slot_is_empty(const struct world *w, int slot)
{
	for (int i = 0; i < SLOT_PAGES; i++)
		if (w->page[slot][i].flags & MAPPED)
			return 0;
	return 1;
}

/* An empty slot, or -1. */
static inline int empty_slot(struct world *w)
{
	for (int tries = 0, s = next_random(w, SLOTS); tries < SLOTS; tries++, s = (s + 1) % SLOTS)
		if (slot_is_empty(w, s))
			return s;
	return -1;
}

/* A mapped page that has all flags of `need` and none of `avoid`; 0 if a few tries find none. */
static inline int any_page(struct world *w, int need, int avoid, struct run *r)
{
	for (int tries = 0; tries < 40; tries++) {
		r->slot = next_random(w, SLOTS);
		r->from = next_random(w, 4) ? next_random(w, SLOT_PAGES) : next_random(w, 32);
		int flags = w->page[r->slot][r->from].flags;
		if ((flags & (need | MAPPED)) == (need | MAPPED) && !(flags & avoid)) {
			r->n = 1;
			return 1;
		}
	}
	return 0;
}

/* Makes the run longer, up to `most` pages, while each page has `need`, none of `avoid`. */
static inline void extend(const struct world *w, struct run *r, int most, int need, int avoid)
{
	while (r->n < most && r->from + r->n < SLOT_PAGES) {
		int flags = w->page[r->slot][r->from + r->n].flags;
		if ((flags & (need | MAPPED)) != (need | MAPPED) || (flags & avoid))
			return;
		r->n++;
	}
}

static inline int same_vma(const struct page *p, const struct page *q)
{
	return p->flags & q->flags & MAPPED && !((p->flags ^ q->flags) & ATTRIBUTES) && p->origin == q->origin;
}

/* Makes the run the widest one around its first page that is one VMA. */
static inline void widen(const struct world *w, struct run *r)
{
	const struct page *p = w->page[r->slot];
	int end = r->from + 1;
	while (r->from > 0 && same_vma(&p[r->from - 1], &p[r->from]))
		r->from--;
	while (end < SLOT_PAGES && same_vma(&p[end], &p[r->from]))
		end++;
	r->n = end - r->from;
}

/* Gives all pages of the run an origin that no other page has. */
static inline void new_origin(struct world *w, const struct run *r)
{
	w->origins++;
	for (int i = r->from; i < r->from + r->n; i++)
		w->page[r->slot][i].origin = w->origins;
}

/* The next VMA at or after the end of the run, over all slots; start with {0, 0, 0}. 0: there is no more. */
static inline int next_vma(const struct world *w, struct run *r)
{
	for (r->from += r->n; r->slot < SLOTS; r->slot++, r->from = 0)
		for (; r->from < SLOT_PAGES; r->from++)
			if (w->page[r->slot][r->from].flags & MAPPED) {
				widen(w, r);
				return 1;
			}
	return 0;
}

/* What fork and restore do to VMAs that were one before. */
static inline void new_origins(struct world *w)
{
	struct run r = {0, 0, 0};
	while (next_vma(w, &r))
		new_origin(w, &r);
}

static inline void set_zero(struct page *p)
{
	*p = (struct page){.flags = p->flags & ATTRIBUTES, .origin = p->origin};
}

/* Words that are wrong if the page has its tag and its poke. */
static inline uint64_t bad_if_kept(const volatile uint64_t *q, const struct page *p)
{
	uint64_t bad = 0;
	for (uint64_t k = 0; k < WORDS; k++) {
		uint64_t want = p->tag ? word_of(p->tag, k) : 0;
		if (p->poke_tag && k == p->poke_word)
			want = word_of(p->poke_tag, k);
		bad += q[k] != want;
	}
	return bad;
}

static inline uint64_t bad_if_zero(const volatile uint64_t *q)
{
	uint64_t bad = 0;
	for (uint64_t k = 0; k < WORDS; k++)
		bad += q[k] != 0;
	return bad;
}

/* Words of a readable page that differ from the model. A page that MADV_FREE took while it was being read
 * shows a mixture of both: then it reads as zero the second time. */
static inline uint64_t bad_in_page(const void *page, const struct page *p)
{
	uint64_t bad = bad_if_kept(page, p);
	return bad && p->flags & MAYBE ? bad_if_zero(page) : bad;
}

#endif
