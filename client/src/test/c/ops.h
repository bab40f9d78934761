/*
 * The random memory operations. Each one does to the memory and to the model the same, and would succeed in
 * an ordinary process; a failure ends the world, as its model no longer says what the memory holds.
 */
#ifndef OPS_H
#define OPS_H

#include "world.h"
#include <pthread.h>

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#endif

static int option_dontunmap = 1, option_thp = 1;

static void failed(struct world *w, const char *call, const void *at, size_t pages)
{
	int error = errno;
	tell("seed %lu world %lu op %lu: %s at %p, %zu pages: %s", w->seed, w->number, w->op, call, at, pages,
	     strerror(error));
	add(&verdict->failures, 1);
	w->failed = 1;
}

static void check_page(struct world *w, int slot, int i)
{
	struct page *p = &w->page[slot][i];
	uint64_t bad = bad_in_page(address(w, slot, i), p);
	if (bad) {
		uint64_t *q = (uint64_t *)address(w, slot, i);
		tell("seed %lu world %lu op %lu: page %d of slot %d at %p: %lu wrong words; word 0 is %lx, expected "
		     "%lx, flags %x",
		     w->seed, w->number, w->op, i, slot, (void *)q, bad, q[0], p->tag ? word_of(p->tag, 0) : 0,
		     p->flags);
		add(&verdict->bad_words, bad);
		w->failed = 1;
	}
}

static void put_page(struct world *w, int slot, int i)
{
	struct page *p = &w->page[slot][i];
	set_zero(p);
	p->tag = (w->number << 40 | w->op << 8) + 1 + i % 64;
	write_page(address(w, slot, i), p->tag);
}

static void op_map(struct world *w)
{
	int slot = empty_slot(w);
	if (slot < 0)
		return;
	int n = next_random(w, 4) ? 1 + next_random(w, next_random(w, 2) ? SLOT_PAGES : 64) : SLOT_PAGES;
	char *at = address(w, slot, 0);
	if (mmap(at, n * PAGE, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0) != at) {
		failed(w, "mmap", at, n);
		return;
	}
	for (int i = 0; i < n; i++)
		w->page[slot][i] = (struct page){.flags = MAPPED | READ | WRITE};
	new_origin(w, &(struct run){slot, 0, n});
	put_page(w, slot, 0);
	for (int i = next_random(w, 8); i < n; i += 1 + next_random(w, 8))
		put_page(w, slot, i);
}

static void op_write(struct world *w)
{
	struct run r;
	if (!any_page(w, WRITE, 0, &r))
		return;
	extend(w, &r, 1 + next_random(w, 64), WRITE, 0);
	for (int i = r.from; i < r.from + r.n; i++)
		put_page(w, r.slot, i);
}

/* One word: the other 511 have to be there. */
static void op_poke(struct world *w)
{
	struct run r;
	if (!any_page(w, WRITE | READ, MAYBE, &r))
		return;
	struct page *p = &w->page[r.slot][r.from];
	if (p->poke_tag)
		check_page(w, r.slot, r.from);
	uint64_t *q = (uint64_t *)address(w, r.slot, r.from);
	if (p->poke_tag)
		q[p->poke_word] = p->tag ? word_of(p->tag, p->poke_word) : 0;
	p->poke_word = next_random(w, WORDS);
	p->poke_tag = w->op + 77;
	q[p->poke_word] = word_of(p->poke_tag, p->poke_word);
}

static void op_verify(struct world *w)
{
	struct run r;
	if (!any_page(w, READ, 0, &r))
		return;
	extend(w, &r, 1 + next_random(w, 32), READ, 0);
	for (int i = r.from; i < r.from + r.n && !w->failed; i++)
		check_page(w, r.slot, i);
}

/* The kernel reads the page, not the process. */
static void op_pipe(struct world *w)
{
	struct run r;
	static __thread char got[PAGE];
	int fd[2];
	if (!any_page(w, READ, MAYBE, &r))
		return;
	char *at = address(w, r.slot, r.from);
	if (pipe(fd)) {
		failed(w, "pipe", at, 1);
		return;
	}
	if (write(fd[1], at, PAGE) != (ssize_t)PAGE || read(fd[0], got, PAGE) != (ssize_t)PAGE)
		failed(w, "write and read of a pipe", at, 1);
	else if (bad_if_kept((uint64_t *)got, &w->page[r.slot][r.from])) {
		tell("seed %lu world %lu op %lu: wrong words through a pipe from %p", w->seed, w->number, w->op, at);
		add(&verdict->bad_words, bad_if_kept((uint64_t *)got, &w->page[r.slot][r.from]));
		w->failed = 1;
	}
	close(fd[0]);
	close(fd[1]);
}

static void op_dontneed(struct world *w)
{
	struct run r;
	if (!any_page(w, 0, 0, &r))
		return;
	extend(w, &r, 1 + next_random(w, 128), 0, 0);
	if (madvise(address(w, r.slot, r.from), r.n * PAGE, MADV_DONTNEED))
		failed(w, "madvise(DONTNEED)", address(w, r.slot, r.from), r.n);
	for (int i = r.from; i < r.from + r.n; i++)
		set_zero(&w->page[r.slot][i]);
}

static void op_free(struct world *w)
{
	struct run r;
	if (!any_page(w, 0, 0, &r))
		return;
	extend(w, &r, 1 + next_random(w, 64), 0, 0);
	if (madvise(address(w, r.slot, r.from), r.n * PAGE, MADV_FREE))
		failed(w, "madvise(FREE)", address(w, r.slot, r.from), r.n);
	for (int i = r.from; i < r.from + r.n; i++)
		w->page[r.slot][i].flags |= MAYBE;
}

static void op_populate(struct world *w)
{
	struct run r;
	if (!any_page(w, READ, 0, &r))
		return;
	extend(w, &r, 1 + next_random(w, 64), READ, 0);
	if (madvise(address(w, r.slot, r.from), r.n * PAGE, MADV_POPULATE_READ))
		failed(w, "madvise(POPULATE_READ)", address(w, r.slot, r.from), r.n);
}

static void set_flags(struct world *w, const struct run *r, int clear, int set)
{
	for (int i = r->from; i < r->from + r->n; i++) {
		uint16_t *flags = &w->page[r->slot][i].flags;
		*flags = (*flags & ~clear) | set;
	}
}

static void op_mprotect(struct world *w)
{
	static const int prot[] = {PROT_NONE, PROT_READ, PROT_READ | PROT_WRITE};
	static const int flags[] = {0, READ, READ | WRITE};
	struct run r;
	if (!any_page(w, 0, 0, &r))
		return;
	int to = next_random(w, 4);
	if (to > 2) { /* the whole left piece readable and writable again: one VMA, as it was */
		to = 2;
		while (r.from > 0 && w->page[r.slot][r.from - 1].flags & MAPPED)
			r.from--;
		extend(w, &r, SLOT_PAGES, 0, 0);
	} else
		extend(w, &r, 1 + next_random(w, 100), 0, 0);
	if (mprotect(address(w, r.slot, r.from), r.n * PAGE, prot[to]))
		failed(w, "mprotect", address(w, r.slot, r.from), r.n);
	set_flags(w, &r, READ | WRITE, flags[to]);
}

static void op_advise_thp(struct world *w)
{
	struct run r;
	if (!option_thp || !any_page(w, 0, 0, &r))
		return;
	while (r.from > 0 && w->page[r.slot][r.from - 1].flags & MAPPED)
		r.from--;
	extend(w, &r, next_random(w, 3) ? SLOT_PAGES : 1 + (int)next_random(w, 100), 0, 0);
	int huge = next_random(w, 2);
	if (madvise(address(w, r.slot, r.from), r.n * PAGE, huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE))
		failed(w, "madvise(HUGEPAGE or NOHUGEPAGE)", address(w, r.slot, r.from), r.n);
	set_flags(w, &r, HUGE | NOHUGE, huge ? HUGE : NOHUGE);
}

static void op_unmap(struct world *w)
{
	struct run r;
	if (!any_page(w, 0, 0, &r))
		return;
	if (next_random(w, 2)) {
		r.from = 0; /* the whole slot, holes included */
		r.n = SLOT_PAGES;
	} else
		extend(w, &r, 1 + next_random(w, 256), 0, 0);
	if (munmap(address(w, r.slot, r.from), r.n * PAGE))
		failed(w, "munmap", address(w, r.slot, r.from), r.n);
	memset(&w->page[r.slot][r.from], 0, r.n * sizeof(struct page));
}

static void op_shrink(struct world *w)
{
	struct run r;
	if (!any_page(w, 0, 0, &r))
		return;
	widen(w, &r);
	int left = 1 + next_random(w, r.n);
	char *at = address(w, r.slot, r.from);
	if (mremap(at, r.n * PAGE, left * PAGE, 0) != at)
		failed(w, "mremap to shrink", at, r.n);
	memset(&w->page[r.slot][r.from + left], 0, (r.n - left) * sizeof(struct page));
}

/* Where it is, into the rest of the slot. */
static void op_grow(struct world *w)
{
	struct run r;
	if (!any_page(w, 0, 0, &r))
		return;
	widen(w, &r);
	struct page *p = w->page[r.slot];
	int end = r.from + r.n, room = 0;
	while (end + room < SLOT_PAGES && !(p[end + room].flags & MAPPED))
		room++;
	if (!room)
		return;
	int more = 1 + next_random(w, room);
	char *at = address(w, r.slot, r.from);
	if (mremap(at, r.n * PAGE, (r.n + more) * PAGE, 0) != at)
		failed(w, "mremap to grow", at, r.n);
	for (int i = end; i < end + more; i++)
		p[i] = (struct page){.flags = p[r.from].flags & ATTRIBUTES, .origin = p[r.from].origin};
}

/* All of a VMA or a piece of it to another slot, at times growing; or its pages only (MREMAP_DONTUNMAP). */
static void op_move(struct world *w)
{
	struct run r;
	int to = empty_slot(w);
	if (to < 0 || !any_page(w, 0, 0, &r))
		return;
	int attributes = w->page[r.slot][r.from].flags & ATTRIBUTES;
	struct run vma = r;
	widen(w, &vma);
	if (next_random(w, 3))
		r = vma;
	else
		r.n = 1 + next_random(w, vma.from + vma.n - r.from);
	int keep = option_dontunmap && attributes & WRITE && !next_random(w, 4);
	int at = next_random(w, SLOT_PAGES - r.n + 1);
	int n = r.n + (keep || next_random(w, 3) ? 0 : next_random(w, SLOT_PAGES - r.n - at + 1));
	char *from = address(w, r.slot, r.from), *target = address(w, to, at);
	if (mremap(from, r.n * PAGE, n * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED | (keep ? MREMAP_DONTUNMAP : 0), target) !=
	    target) {
		failed(w, keep ? "mremap(DONTUNMAP)" : "mremap to move", from, r.n);
		return;
	}
	memcpy(&w->page[to][at], &w->page[r.slot][r.from], r.n * sizeof(struct page));
	for (int i = r.n; i < n; i++)
		w->page[to][at + i] = (struct page){.flags = attributes, .origin = w->page[to][at].origin};
	for (int i = r.from; i < r.from + r.n; i++)
		if (keep)
			set_zero(&w->page[r.slot][i]);
		else
			w->page[r.slot][i] = (struct page){0};
	if (!keep)
		return;
	if (r.n == vma.n)
		new_origin(w, &r);
	put_page(w, r.slot, r.from);
}

static int all_zero(const struct world *w, const struct run *r)
{
	for (int i = r->from; i < r->from + r->n; i++)
		if (w->page[r->slot][i].tag && !(w->page[r->slot][i].flags & MAYBE))
			return 0;
	return 1;
}

/* Before a dump: no VMA without any page, since nothing that restores one could give it an origin. */
static void leave_no_vma_empty(struct world *w)
{
	struct run r = {0, 0, 0};
	while (next_vma(w, &r)) {
		if (!all_zero(w, &r))
			continue;
		if (w->page[r.slot][r.from].flags & WRITE) {
			put_page(w, r.slot, r.from);
			continue;
		}
		if (munmap(address(w, r.slot, r.from), r.n * PAGE))
			failed(w, "munmap", address(w, r.slot, r.from), r.n);
		memset(&w->page[r.slot][r.from], 0, r.n * sizeof(struct page));
	}
}

/* All that can be read; only the flags of a page say whether it can. */
static void verify_world(struct world *w)
{
	for (int s = 0; s < SLOTS; s++)
		for (int i = 0; i < SLOT_PAGES && !w->failed; i++)
			if (w->page[s][i].flags & READ)
				check_page(w, s, i);
}

#endif
