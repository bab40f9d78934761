/*
 * Fills memory, waits to be checkpointed, restored and told to go, then times its own accesses.
 *
 * usage: toucher RESULT MIB STRIDE_PAGES TOUCHES
 *
 * RESULT is mapped shared: u64 state (1 waiting, 2 done), go, pid, wrong words, start ns, touched ns,
 * verified ns, then TOUCHES latencies in ns. Times are CLOCK_REALTIME: criu shifts the monotonic clock.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { STATE, GO, PID, WRONG, START, TOUCHED, VERIFIED, LATENCIES };
enum { PAGE = 4096, WORDS = PAGE / 8, VERIFIED_WORDS = 8 };

static uint64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  return t.tv_sec * 1000000000ull + t.tv_nsec;
}

/* A word that depends on its place alone (splitmix64's finisher). */
static uint64_t word(uint64_t place) {
  place = (place + 1) * 0x9e3779b97f4a7c15ull;
  place = (place ^ place >> 30) * 0xbf58476d1ce4e5b9ull;
  place = (place ^ place >> 27) * 0x94d049bb133111ebull;
  return place ^ place >> 31;
}

int main(int count, char **arguments) {
  if (count != 5) return 2;
  uint64_t pages = strtoull(arguments[2], 0, 10) * 256, stride = strtoull(arguments[3], 0, 10);
  uint64_t touches = strtoull(arguments[4], 0, 10);
  int file = open(arguments[1], O_RDWR | O_CREAT | O_TRUNC, 0600);
  size_t bytes = (LATENCIES + touches) * 8;
  if (file < 0 || ftruncate(file, bytes)) return 3;
  volatile uint64_t *result = mmap(0, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  char *memory = mmap(0, pages * stride * PAGE, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (result == MAP_FAILED || memory == MAP_FAILED) return 4;
  madvise(memory, pages * stride * PAGE, MADV_NOHUGEPAGE);
  for (uint64_t i = 0; i < pages; i++)
    for (uint64_t k = 0; k < WORDS; k++)
      ((uint64_t *)(memory + i * stride * PAGE))[k] = word(i * WORDS + k);
  result[PID] = getpid();
  result[STATE] = 1;
  while (!result[GO]) usleep(500);
  uint64_t wrong = 0;
  result[START] = now();
  for (uint64_t j = 0; j < touches; j++) {
    uint64_t i = word(~j) % pages;
    volatile uint64_t *page = (uint64_t *)(memory + i * stride * PAGE);
    uint64_t before = now(), value = *page;
    result[LATENCIES + j] = now() - before;
    wrong += value != word(i * WORDS);
  }
  result[TOUCHED] = now();
  for (uint64_t i = 0; i < pages; i++)
    for (uint64_t k = 0; k < WORDS; k += WORDS / VERIFIED_WORDS)
      wrong += ((volatile uint64_t *)(memory + i * stride * PAGE))[k] != word(i * WORDS + k);
  result[VERIFIED] = now();
  result[WRONG] = wrong;
  result[STATE] = 2;
  for (;;) pause();
}
