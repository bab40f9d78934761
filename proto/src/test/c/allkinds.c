/* A tree of tasks whose images hold one of each thing that criu-lazy reads.
 *
 * usage: allkinds READY
 *   the root (two threads, an AIO ring, shared memory, memory with every second page touched)
 *   +- a child that sleeps
 *   +- a child that is dead and not waited for
 * Creates READY when all is in place, then sleeps.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGE = 4096, FRAGMENTED_PAGES = 64, WHOLE_PAGES = 32, SHARED_PAGES = 8, AIO_EVENTS = 64 };

static void announce(const char *path) {
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (fd < 0) _exit(3);
  close(fd);
}

static void *sleep_always(void *unused) {
  for (;;) pause();
  return unused;
}

static char *map(size_t pages, int kind) {
  char *start = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, kind | MAP_ANONYMOUS, -1, 0);
  if (start == MAP_FAILED) _exit(4);
  return start;
}

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  char *fragmented = map(FRAGMENTED_PAGES, MAP_PRIVATE);
  for (int i = 0; i < FRAGMENTED_PAGES; i += 2) memset(fragmented + i * PAGE, i + 1, PAGE);
  char *whole = map(WHOLE_PAGES, MAP_PRIVATE);
  memset(whole, 0x5a, WHOLE_PAGES * PAGE);
  char *shared = map(SHARED_PAGES, MAP_SHARED);
  memset(shared, 0x33, SHARED_PAGES / 2 * PAGE);
  aio_context_t ring = 0;
  if (syscall(SYS_io_setup, AIO_EVENTS, &ring)) return 5;
  pthread_t thread;
  if (pthread_create(&thread, NULL, sleep_always, NULL)) return 6;

  if (!fork()) sleep_always(NULL);
  pid_t dead = fork();
  if (!dead) _exit(7);
  siginfo_t info;
  if (waitid(P_PID, dead, &info, WEXITED | WNOWAIT)) return 8;

  announce(argv[1]);
  sleep_always(NULL);
}
