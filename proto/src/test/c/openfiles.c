/* A process whose images hold one of each kind of open file, and the state that a thread can have.
 *
 * usage: openfiles DIRECTORY
 * Leaves a fifo and a file in the directory and creates "ready" there when all is in place.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

static void check(int failed, int code) {
  if (failed) _exit(code);
}

static void *worker(void *unused) {
  prctl(PR_SET_NAME, "worker");
  stack_t stack = {.ss_sp = malloc(65536), .ss_size = 65536};
  sigaltstack(&stack, NULL);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR2);
  pthread_sigmask(SIG_BLOCK, &set, NULL);
  pthread_kill(pthread_self(), SIGUSR2);
  for (;;) pause();
  return unused;
}

static void ignore(int signal) { (void)signal; }

static void open_queues(void) {
  int pipes[2];
  check(pipe(pipes) || write(pipes[1], "in the pipe", 11) != 11, 3);
  int counter = eventfd(7, EFD_NONBLOCK);
  int set = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event event = {.events = EPOLLIN, .data.u64 = 0x1122334455667788};
  check(epoll_ctl(set, EPOLL_CTL_ADD, counter, &event), 4);
  check(epoll_ctl(set, EPOLL_CTL_ADD, pipes[0], &event), 5);
  int sockets[2];
  check(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets) || write(sockets[0], "queued", 6) != 6, 6);
  check(mkfifo("fifo", 0600), 7);
  check(write(open("fifo", O_RDWR), "in the fifo", 11) != 11, 8);
}

static void open_memory(void) {
  int memory = memfd_create("named", 0);
  check(ftruncate(memory, 8192) || write(memory, "mem", 3) != 3, 9);
  int file = open("file", O_CREAT | O_RDWR | O_APPEND, 0644);
  check(write(file, "file", 4) != 4 || lseek(file, 2, SEEK_SET) != 2 || dup2(file, 100) != 100, 10);
  check(mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0) == MAP_FAILED, 11);
  char *shared = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  shared[5] = 1;
  char *advised = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  memset(advised, 7, 30000);
  check(madvise(advised, 65536, MADV_NOHUGEPAGE), 12);
  char *locked = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  check(mlock(locked, 8192), 13);
}

static void start_timers(void) {
  struct itimerspec every = {{1, 0}, {1000, 5}};
  check(timerfd_settime(timerfd_create(CLOCK_MONOTONIC, 0), 0, &every, NULL), 14);
  struct sigevent event = {
      .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR2, .sigev_value.sival_int = 5};
  timer_t timer;
  check(timer_create(CLOCK_MONOTONIC, &event, &timer) || timer_settime(timer, 0, &every, NULL), 15);
  struct itimerval interval = {{3, 0}, {500, 0}};
  check(setitimer(ITIMER_REAL, &interval, NULL), 16);
}

static void set_signals(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  sigaddset(&set, SIGRTMIN + 1);
  sigprocmask(SIG_BLOCK, &set, NULL);
  check(signalfd(-1, &set, SFD_CLOEXEC) < 0, 17);
  kill(getpid(), SIGUSR1);
  union sigval value = {.sival_int = 42};
  sigqueue(getpid(), SIGRTMIN + 1, value);
  sigqueue(getpid(), SIGRTMIN + 1, value);
  struct sigaction action = {.sa_handler = ignore, .sa_flags = SA_RESTART};
  sigaction(SIGALRM, &action, NULL);
  sigaction(SIGUSR2, &action, NULL);
}

int main(int argc, char **argv) {
  if (argc != 2 || chdir(argv[1])) return 2;
  open_queues();
  open_memory();
  set_signals();
  start_timers();
  int watch = inotify_init1(0);
  check(inotify_add_watch(watch, ".", IN_CREATE) < 0, 18);
  struct rlimit limit = {100, 200};
  setrlimit(RLIMIT_CORE, &limit);
  prctl(PR_SET_PDEATHSIG, SIGHUP);
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  umask(027);
  pthread_t thread;
  check(pthread_create(&thread, NULL, worker, NULL), 19);
  usleep(100000);
  check(close(open("ready", O_CREAT | O_WRONLY, 0600)), 20);
  for (;;) pause();
}
