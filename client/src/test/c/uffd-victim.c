/*
 * A process whose memory is served through userfaultfd and that does what a test tells it.
 *
 * usage: uffd-victim SOCKET
 *
 * Connects to SOCKET as a restoring criu does, sends its pid and its userfaultfd, and reads commands
 * from standard input, one a line: "ID COMMAND ARGUMENTS". Each runs in a thread of its own, so that
 * one that waits for a page keeps nobody else waiting, and answers with the line "ID RESULT".
 * Numbers are hexadecimal. What "map" maps is lazy until "release" gives the userfaultfd up. "child N COMMAND" is carried out by the Nth forked child.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#endif

#define MAX_CHILDREN 64
#define LINE 256

static int uffd = -1;
static int serverSocket = -1;
static int childPipes[MAX_CHILDREN];
static int children;
static __thread sigjmp_buf onBusError;

static void die(const char *what) {
  perror(what);
  exit(3);
}

static void busError(int signal) {
  (void)signal;
  siglongjmp(onBusError, 1);
}

static void answer(const char *id, const char *format, unsigned long value) {
  char text[LINE], line[LINE];
  snprintf(text, sizeof text, format, value);
  int length = snprintf(line, sizeof line, "%s %s\n", id, text);
  if (write(1, line, length) != length) _exit(4);
}

static void sendUffd(void) {
  int32_t pid = getpid();
  if (send(serverSocket, &pid, sizeof pid, 0) != sizeof pid) die("send pid");
  char dummy = 0;
  struct iovec part = {&dummy, 1};
  union {
    char bytes[CMSG_SPACE(sizeof(int))];
    struct cmsghdr align;
  } control;
  memset(&control, 0, sizeof control);
  struct msghdr message = {.msg_iov = &part,
                           .msg_iovlen = 1,
                           .msg_control = control.bytes,
                           .msg_controllen = sizeof control.bytes};
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  memcpy(CMSG_DATA(header), &uffd, sizeof(int));
  if (sendmsg(serverSocket, &message, 0) != 1) die("send userfaultfd");
}

static void connectTo(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  strncpy(address.sun_path, path, sizeof address.sun_path - 1);
  serverSocket = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect(serverSocket, (struct sockaddr *)&address, sizeof address)) die("connect");
}

static void openUffd(void) {
  uffd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
  struct uffdio_api api = {.api = UFFD_API,
                           .features = UFFD_FEATURE_EVENT_FORK | UFFD_FEATURE_EVENT_REMAP |
                                       UFFD_FEATURE_EVENT_REMOVE | UFFD_FEATURE_EVENT_UNMAP};
  if (uffd < 0 || ioctl(uffd, UFFDIO_API, &api)) die("userfaultfd");
}

static unsigned long mapAt(unsigned long wanted, unsigned long pages) {
  int fixed = wanted ? MAP_FIXED_NOREPLACE : 0;
  void *memory = mmap((void *)wanted, pages * 4096, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | fixed, -1, 0);
  if (memory == MAP_FAILED) die("mmap");
  if (uffd < 0) return (unsigned long)memory;
  struct uffdio_register range = {.range = {(unsigned long)memory, pages * 4096},
                                  .mode = UFFDIO_REGISTER_MODE_MISSING};
  if (ioctl(uffd, UFFDIO_REGISTER, &range)) die("register");
  return (unsigned long)memory;
}

static void commandLoop(FILE *commands);

static long forkChild(void) {
  int ends[2];
  if (pipe(ends)) die("pipe");
  pid_t pid = fork();
  if (pid == 0) {
    close(ends[1]);
    close(uffd); // the parent's; the one of the child is with whoever read FORK
    uffd = -1;
    children = 0;
    commandLoop(fdopen(ends[0], "r"));
    _exit(0);
  }
  close(ends[0]);
  childPipes[children++] = ends[1];
  return pid;
}

static long readAll(unsigned long address, unsigned long pages, unsigned long first) {
  long wrong = 0;
  for (unsigned long i = 0; i < pages; i++)
    if (*(volatile uint64_t *)(address + i * 4096) != first + i) wrong++;
  return wrong;
}

/* Carries one command out; the result is a number, or -errno. */
static long run(const char *name, unsigned long a, unsigned long b, unsigned long c) {
  long result = 0;
  if (!strcmp(name, "map")) return mapAt(a, b);
  if (!strcmp(name, "read")) return *(volatile uint64_t *)a;
  if (!strcmp(name, "write")) return *(volatile uint64_t *)a = b;
  if (!strcmp(name, "wrong")) return readAll(a, b, c);
  if (!strcmp(name, "fork")) return forkChild();
  if (!strcmp(name, "dontneed")) result = madvise((void *)a, b, MADV_DONTNEED);
  else if (!strcmp(name, "populate")) result = madvise((void *)a, b, MADV_POPULATE_READ);
  else if (!strcmp(name, "unmap")) result = munmap((void *)a, b);
  else if (!strcmp(name, "protect")) result = mprotect((void *)a, b, c);
  else if (!strcmp(name, "remap"))
    result = mremap((void *)a, b, b, MREMAP_MAYMOVE | MREMAP_FIXED, c) == MAP_FAILED ? -1 : 0;
  else if (!strcmp(name, "dontunmap"))
    result = mremap((void *)a, b, b, MREMAP_MAYMOVE | MREMAP_FIXED | 4, c) == MAP_FAILED ? -1 : 0;
  else if (!strcmp(name, "release")) {
    result = close(uffd);
    uffd = -1;
  }
  else return -ENOSYS;
  return result < 0 ? -errno : result;
}

static void *carryOut(void *line) {
  char id[32], name[32];
  unsigned long a = 0, b = 0, c = 0;
  sscanf(line, "%31s %31s %lx %lx %lx", id, name, &a, &b, &c);
  free(line);
  if (sigsetjmp(onBusError, 1)) answer(id, "SIGBUS", 0);
  else answer(id, "%lx", run(name, a, b, c));
  return NULL;
}

static void passOn(char *line) {
  char id[32];
  int child, used;
  sscanf(line, "%31s child %d %n", id, &child, &used);
  char passed[LINE];
  int length = snprintf(passed, sizeof passed, "%s %s", id, line + used);
  if (write(childPipes[child], passed, length) != length) _exit(5);
}

static void commandLoop(FILE *commands) {
  char line[LINE];
  while (fgets(line, sizeof line, commands)) {
    char word[32];
    sscanf(line, "%*s %31s", word);
    if (!strcmp(word, "child")) {
      passOn(line);
      continue;
    }
    pthread_t thread;
    if (pthread_create(&thread, NULL, carryOut, strdup(line))) die("pthread_create");
    pthread_detach(thread);
  }
}

int main(int count, char **arguments) {
  if (count != 2) return 2;
  signal(SIGPIPE, SIG_IGN);
  signal(SIGCHLD, SIG_IGN);
  struct sigaction action = {.sa_handler = busError};
  sigaction(SIGBUS, &action, NULL);
  connectTo(arguments[1]);
  openUffd();
  sendUffd();
  commandLoop(stdin);
  return 0;
}
