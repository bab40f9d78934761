/*
 * Asks a page server for pages as fast as it answers, or is the least page server that there can be.
 *
 * usage: pageclient criu|criu-lazy PORT PID ADDRESS PAGES STEP DEPTH
 *        pageclient serve ... PORT
 *
 * Asks for all PAGES from ADDRESS on, STEP at a time (one: in random order), each once, DEPTH requests under way.
 * Prints seconds and bytes of pages. "serve" answers criu's requests of one client after the
 * other out of one piece of memory: what a loopback connection costs.
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { PAGE = 4096, GET = 7, MAX_STEP = 1024, FRAME = 16 };

struct header { /* criu's, up to 4.1 */
  uint32_t cmd, pages;
  uint64_t vaddr, id;
};

static uint32_t table[256];
static char buffer[sizeof(struct header) + MAX_STEP * PAGE + (1 << 16)];

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static uint32_t crc32c(uint32_t crc, const unsigned char *bytes, size_t count) {
  while (count--) crc = table[(crc ^ *bytes++) & 255] ^ crc >> 8;
  return crc;
}

static void receive(int fd, void *to, size_t count) {
  for (size_t got = 0; got < count;) {
    ssize_t more = recv(fd, (char *)to + got, count - got, 0);
    if (more <= 0) fail("recv");
    got += more;
  }
}

static void transmit(int fd, const void *from, size_t count) {
  for (size_t sent = 0; sent < count;) {
    ssize_t more = send(fd, (const char *)from + sent, count - sent, MSG_NOSIGNAL);
    if (more <= 0) fail("send");
    sent += more;
  }
}

static unsigned char *varint(unsigned char *at, uint64_t value) {
  for (; value > 127; value >>= 7) *at++ = value | 128;
  *at++ = value;
  return at;
}

static void say(int fd, int type, const unsigned char *header, uint32_t bytes) {
  unsigned char frame[FRAME + 256] = {type};
  memcpy(frame + 4, &bytes, 4);
  memcpy(frame + FRAME, header, bytes);
  uint32_t crc = ~crc32c(crc32c(~0u, frame, 12), header, bytes);
  memcpy(frame + 12, &crc, 4);
  transmit(fd, frame, FRAME + bytes);
}

/* Reads a frame; the bytes of its payload. *last is whether its field 6 is set. */
static uint32_t hear(int fd, int wanted, int *last) {
  uint32_t prefix[4];
  receive(fd, prefix, FRAME);
  receive(fd, buffer, prefix[1] + prefix[2]);
  if (prefix[0] != (uint32_t)wanted) {
    fprintf(stderr, "frame %u: %.*s\n", prefix[0], (int)prefix[1], buffer);
    exit(1);
  }
  *last = 0;
  for (unsigned char *at = (unsigned char *)buffer, *end = at + prefix[1]; at < end;) {
    int key = *at++;
    uint64_t value = 0;
    for (int shift = 0, more = 1; more; shift += 7) {
      more = *at & 128;
      value |= (uint64_t)(*at++ & 127) << shift;
    }
    if ((key & 7) == 2) at += value;
    if (key == (6 << 3)) *last = value != 0;
  }
  return prefix[2];
}

static void greet(int fd) {
  static const unsigned char hello[] = {5, 0, 0, 0, 0, 0, 0, 0, 0x89, 'C', 'L', 'Z', 'Y', '\r', '\n', 0x1a, 1, 0, 0, 0, 0, 0, 0, 0};
  int last;
  transmit(fd, hello, sizeof hello);
  say(fd, 1, (const unsigned char *)"\010\001\020\001", 4);
  say(fd, 3, (const unsigned char *)"\010\001", 2);
  receive(fd, buffer, 8);
  hear(fd, 2, &last);
  uint32_t prefix[4]; /* Opened has a field of fixed length: it is not looked into */
  receive(fd, prefix, FRAME);
  receive(fd, buffer, prefix[1]);
}

static void ask(int fd, int ours, uint64_t pid, uint64_t address, uint32_t pages, uint64_t request) {
  if (!ours) {
    struct header get = {GET, pages, address, pid};
    transmit(fd, &get, sizeof get);
    return;
  }
  unsigned char header[64], *at = header;
  uint64_t fields[] = {request, pid, address, pages};
  for (int i = 0; i < 4; i++) {
    *at++ = (i + 1) << 3;
    at = varint(at, fields[i]);
  }
  say(fd, 7, header, at - header);
}

/* Takes one whole answer; its bytes of pages. */
static uint64_t take(int fd, int ours) {
  uint64_t bytes = 0;
  if (ours) {
    for (int last = 0; !last;) bytes += hear(fd, 8, &last);
    return bytes;
  }
  struct header answer;
  receive(fd, &answer, sizeof answer);
  bytes = (uint64_t)answer.pages * PAGE;
  if (bytes > sizeof buffer) fail("answer");
  receive(fd, buffer, bytes);
  return bytes;
}

static void serve(int port) {
  int one = 1, listener = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (bind(listener, (void *)&address, sizeof address) || listen(listener, 1)) fail("listen");
  memset(buffer, 1, sizeof buffer);
  for (int fd; (fd = accept(listener, 0, 0)) >= 0; close(fd)) {
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    struct header request;
    while (recv(fd, &request, sizeof request, MSG_WAITALL) == sizeof request) {
      memcpy(buffer, &request, sizeof request);
      transmit(fd, buffer, sizeof request + (uint64_t)request.pages * PAGE);
    }
  }
}

int main(int count, char **arguments) {
  for (uint32_t n = 0; n < 256; n++) {
    table[n] = n;
    for (int bit = 0; bit < 8; bit++) table[n] = table[n] >> 1 ^ (table[n] & 1 ? 0x82f63b78 : 0);
  }
  if (count > 2 && !strcmp(arguments[1], "serve")) serve(atoi(arguments[count - 1]));
  if (count != 8) return 2;
  int ours = !strcmp(arguments[1], "criu-lazy"), one = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
  uint64_t pid = strtoull(arguments[3], 0, 0), start = strtoull(arguments[4], 0, 0);
  uint64_t pages = strtoull(arguments[5], 0, 0), step = strtoull(arguments[6], 0, 0);
  uint64_t depth = strtoull(arguments[7], 0, 0), requests = pages / step, bytes = 0;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(arguments[2])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (step > MAX_STEP) return 2;
  if (connect(fd, (void *)&address, sizeof address)) fail("connect");
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (ours) greet(fd);
  struct timespec begun, ended;
  clock_gettime(CLOCK_MONOTONIC, &begun);
  for (uint64_t asked = 0, taken = 0; taken < requests;) {
    for (; asked < requests && asked - taken < depth; asked++) {
      uint64_t page = (step == 1 ? asked * 40503 % pages : asked * step); /* 40503 is prime */
      ask(fd, ours, pid, start + page * PAGE, step, asked + 1);
    }
    bytes += take(fd, ours);
    taken++;
  }
  clock_gettime(CLOCK_MONOTONIC, &ended);
  printf("%.6f %llu\n", ended.tv_sec - begun.tv_sec + (ended.tv_nsec - begun.tv_nsec) / 1e9, (unsigned long long)bytes);
  return 0;
}
