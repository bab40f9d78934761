/*
 * The least that a lazy restore over TCP can be: what a fault of it costs on this machine.
 *
 * usage: faultfloor MIB TOUCHES BACKGROUND SPIN
 *
 * A process touches random pages of its memory; a thread of its own takes its faults (userfaultfd), asks another
 * process for each page over loopback TCP, and copies what comes. BACKGROUND: 0 nothing else; 1 it fetches the
 * others between the faults, 256 KiB at a time over a second connection, and copies them 16 KiB at a time, until
 * all is there. SPIN: for so many microseconds nobody sleeps who waits for a socket. Prints the median and the 99th
 * percentile of the accesses that took over 1.5 us, and until all was there. No protocol, no checksums, no images.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { PAGE = 4096, RANGE = 256 << 10, STEP = 16 << 10 };

struct request {
  uint64_t at, bytes;
};

static size_t bytes;
static char *memory, *image;
static int uffd, urgent = -1, bulk = -1, spin_us;
static uint64_t whole_ns;
static volatile int over;

static uint64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static int await(int ep, struct epoll_event *events, int count) {
  for (uint64_t end = now() + spin_us * 1000ull;;) {
    int ready = epoll_wait(ep, events, count, 0);
    if (ready || !spin_us || now() > end) return ready ? ready : epoll_wait(ep, events, count, 1000);
  }
}

static void watch(int ep, int fd) {
  struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
  if (epoll_ctl(ep, EPOLL_CTL_ADD, fd, &event)) fail("epoll_ctl");
}

static void put(int fd, const void *from, size_t count) {
  for (size_t done = 0; done < count;) {
    ssize_t more = send(fd, (const char *)from + done, count - done, MSG_NOSIGNAL);
    if (more <= 0) exit(0);
    done += more;
  }
}

static void *serve_one(void *argument) {
  int fd = (int)(intptr_t)argument, ep = epoll_create1(0);
  struct epoll_event event;
  watch(ep, fd);
  while (1) {
    struct request request;
    if (!await(ep, &event, 1)) continue;
    if (recv(fd, &request, sizeof request, MSG_WAITALL) <= 0) exit(0);
    put(fd, image + request.at, request.bytes);
  }
}

static void serve(int listener) {
  for (int i = 0; i < 2; i++) {
    pthread_t thread;
    int fd = accept(listener, 0, 0), one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    pthread_create(&thread, 0, serve_one, (void *)(intptr_t)fd);
  }
  pause();
}

static void copy(size_t at, const char *from, size_t count) {
  while (count) {
    struct uffdio_copy copy = {(uintptr_t)memory + at, (uintptr_t)from, count, 0, 0};
    ioctl(uffd, UFFDIO_COPY, &copy);
    size_t done = copy.copy > 0 ? copy.copy : PAGE; /* the page is there already */
    if (copy.copy <= 0) {
      struct uffdio_range range = {(uintptr_t)memory + at, PAGE};
      ioctl(uffd, UFFDIO_WAKE, &range);
    }
    at += done, from += done, count -= done;
  }
}

static void ask(int fd, uint64_t at, uint64_t count) {
  struct request request = {at, count};
  put(fd, &request, sizeof request);
}

static void *handle(void *background) {
  static char page[PAGE], range[RANGE];
  int ep = epoll_create1(0), faults = 0;
  size_t asked = 0, got = 0, copied = 0, pending = 0;
  struct epoll_event events[3];
  watch(ep, uffd), watch(ep, urgent), watch(ep, bulk);
  uint64_t begun = now();
  uint64_t queue[64];
  if (background) ask(bulk, 0, RANGE), asked = RANGE;
  while (!over) {
    int filling = background && got == asked && copied < got && !faults;
    int ready = filling ? epoll_wait(ep, events, 3, 0) : await(ep, events, 3);
    for (int i = 0; i < ready; i++) {
      struct uffd_msg message;
      if (events[i].data.fd == uffd) {
        while (read(uffd, &message, sizeof message) == sizeof message) {
          queue[faults++] = message.arg.pagefault.address - (uintptr_t)memory;
          ask(urgent, queue[faults - 1], PAGE);
        }
      } else if (events[i].data.fd == urgent) {
        ssize_t more = recv(urgent, page + pending, PAGE - pending, MSG_DONTWAIT);
        if (more > 0 && (pending += more) == PAGE) {
          copy(queue[0], page, PAGE);
          memmove(queue, queue + 1, --faults * sizeof *queue);
          pending = 0;
        }
      } else if (asked > got) {
        size_t begin = asked - RANGE;
        ssize_t more = recv(bulk, range + (got - begin), asked - got, MSG_DONTWAIT);
        if (more > 0) got += more;
      }
    }
    if (filling && !ready) {
      copy(copied, range + copied % RANGE, STEP);
      copied += STEP;
      if (copied == bytes) whole_ns = now() - begun;
      if (copied == asked && asked < bytes) ask(bulk, asked, RANGE), asked += RANGE;
    }
  }
  return 0;
}

static int by_size(const void *a, const void *b) {
  uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return x < y ? -1 : x > y;
}

int main(int count, char **arguments) {
  if (count != 5) return 2;
  bytes = strtoull(arguments[1], 0, 10) << 20;
  size_t touches = strtoull(arguments[2], 0, 10), slow = 0;
  int background = atoi(arguments[3]), one = 1;
  spin_us = atoi(arguments[4]);
  image = mmap(0, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  for (size_t at = 0; at < bytes; at += PAGE) *(uint64_t *)(image + at) = at + 1;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof address;
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  if (bind(listener, (void *)&address, length) || listen(listener, 2)) fail("listen");
  getsockname(listener, (void *)&address, &length);
  if (!fork()) serve(listener);
  for (int i = 0; i < 2; i++) {
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(fd, (void *)&address, length)) fail("connect");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    *(i ? &bulk : &urgent) = fd;
  }
  uint64_t *waits = mmap(0, touches * 8, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  volatile uint64_t *state = mmap(0, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  memory = mmap(0, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  madvise(memory, bytes, MADV_NOHUGEPAGE);
  struct uffdio_api api = {.api = UFFD_API, .features = UFFD_FEATURE_EVENT_FORK};
  uffd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
  if (uffd < 0 || ioctl(uffd, UFFDIO_API, &api)) fail("userfaultfd");
  struct uffdio_register all = {{(uintptr_t)memory, bytes}, UFFDIO_REGISTER_MODE_MISSING, 0};
  if (ioctl(uffd, UFFDIO_REGISTER, &all)) fail("UFFDIO_REGISTER");
  pthread_t thread;
  pthread_create(&thread, 0, handle, (void *)(intptr_t)background);
  uint64_t place = 1, wrong = 0;
  for (size_t i = 0; i < touches; i++) {
    place = place * 6364136223846793005ull + 1442695040888963407ull;
    size_t at = (place >> 20) % (bytes / PAGE) * PAGE;
    uint64_t before = now(), value = *(volatile uint64_t *)(memory + at);
    uint64_t took = now() - before;
    wrong += value != at + 1;
    if (took > 1500) waits[slow++] = took;
  }
  *state = 1;
  while (background && !whole_ns) usleep(1000);
  over = 1;
  qsort(waits, slow, 8, by_size);
  printf("%zu faults: p50 %.1f us, p99 %.1f us; whole %.0f ms; %llu wrong\n", slow, waits[slow / 2] / 1e3,
         waits[slow * 99 / 100] / 1e3, whole_ns / 1e6, (unsigned long long)wrong);
  exit(0);
}
