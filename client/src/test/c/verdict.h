/*
 * What a victim tells the rig, and the rig a victim: a file that both of them map shared. CRIU reopens it by
 * its path on restore, so it is never part of the lazily restored memory.
 *
 *   word 0  state: 0 starting, 1 ready, 2 done
 *   word 1  command of the rig: 0 wait, 1 go, n > 1 rewrite some pages with generation n
 *   word 2  the last command that was carried out
 *   word 3  words that were not what they should have been
 *   word 4  other failures: system calls that failed, children that died
 *   word 5  pid of the root of the tree
 *   word 6  checks made (a verdict without checks is none)
 *   word 7  CLOCK_REALTIME in ns when the victim saw "go"
 *   word 8  1 once somebody owns the text
 *   byte 512..1535  text of the first failure, ended by NUL
 *   byte 4096..     belongs to the victim
 */
#ifndef VERDICT_H
#define VERDICT_H

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096ul
#define WORDS (PAGE / 8)

struct verdict {
	uint64_t state, command, done_command, bad_words, failures, pid, checks, go_ns, text_taken;
	uint64_t reserved[55];
	char text[1024];
	char rest[4096 - 512 - 1024];
};
_Static_assert(sizeof(struct verdict) == 4096, "the victim's own part starts at 4096");

static volatile struct verdict *verdict;

/* Opens FILE with room for `own` bytes after the verdict, and returns their address. */
static void *verdict_open(const char *file, size_t own)
{
	int fd = open(file, O_RDWR | O_CREAT, 0644);
	if (fd < 0 || ftruncate(fd, sizeof(struct verdict) + own)) {
		perror(file);
		exit(3);
	}
	char *m = mmap(0, sizeof(struct verdict) + own, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (m == MAP_FAILED) {
		perror("mmap of the verdict");
		exit(3);
	}
	close(fd);
	verdict = (struct verdict *)m;
	verdict->pid = getpid();
	return m + sizeof(struct verdict);
}

static inline void add(volatile uint64_t *word, uint64_t n)
{
	__atomic_fetch_add(word, n, __ATOMIC_SEQ_CST);
}

/* Keeps the text of the first failure of all processes and threads. */
__attribute__((format(printf, 1, 2))) static inline void tell(const char *format, ...)
{
	if (__atomic_exchange_n(&verdict->text_taken, 1, __ATOMIC_SEQ_CST))
		return;
	va_list args;
	va_start(args, format);
	vsnprintf((char *)verdict->text, sizeof(verdict->text), format, args);
	va_end(args);
}

/* Counts a check, and keeps what failed: EXPECT(condition) or EXPECT(condition, "format", ...). */
#define EXPECT(condition, ...) expect(!!(condition), __LINE__, #condition, ": " __VA_ARGS__)

__attribute__((format(printf, 4, 5))) static inline void expect(
	int holds, int line, const char *condition, const char *format, ...)
{
	int error = errno;
	char why[512];
	add(&verdict->checks, 1);
	if (holds)
		return;
	add(&verdict->failures, 1);
	va_list args;
	va_start(args, format);
	vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	tell("line %d: %s (errno %d)%s", line, condition, error, why);
}

static inline uint64_t realtime_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static inline void nap(void)
{
	struct timespec t = {0, 500000};
	nanosleep(&t, 0);
}

static inline uint64_t mix(uint64_t x)
{
	x ^= x >> 33;
	x *= 0xff51afd7ed558ccdull;
	x ^= x >> 33;
	x *= 0xc4ceb9fe1a85ec53ull;
	return x ^ x >> 33;
}

/* Word `k` of a page that was written with `tag`: never zero, so that a zero page is always noticed. */
static inline uint64_t word_of(uint64_t tag, uint64_t k)
{
	return ((tag + 1) * 0x9e3779b97f4a7c15ull + k * 0xd1b54a32d192ed03ull) | 1;
}

static inline void write_page(void *page, uint64_t tag)
{
	volatile uint64_t *p = page;
	for (uint64_t k = 0; k < WORDS; k++)
		p[k] = word_of(tag, k);
}

/* Number of words of the page that differ from what write_page(tag) left. */
static inline uint64_t bad_words(const void *page, uint64_t tag)
{
	const volatile uint64_t *p = page;
	uint64_t bad = 0;
	for (uint64_t k = 0; k < WORDS; k++)
		bad += p[k] != word_of(tag, k);
	return bad;
}

/* The value of KEY=VALUE among the arguments, or `otherwise`. */
static inline uint64_t option(int argc, char **argv, const char *key, uint64_t otherwise)
{
	size_t n = strlen(key);
	for (int i = 2; i < argc; i++)
		if (!strncmp(argv[i], key, n) && argv[i][n] == '=')
			return strtoull(argv[i] + n + 1, 0, 0);
	return otherwise;
}

#endif
