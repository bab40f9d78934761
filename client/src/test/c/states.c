/*
 * A process that is in many states at once, and checks after a restore that it still is in all of them.
 *
 * usage: states FILE [threads=N]
 * Works in the directory of FILE. After "go" it looks at everything and says that it is done.
 */
#define _GNU_SOURCE
#include "verdict.h"
#include <cpuid.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/wait.h>

static int running(void)
{
	return verdict->command != 1;
}

/* ---- registers: known values in all of them while the process is dumped ---- */

static uint64_t vectors_in[16 * 8], vectors_out[16 * 8 + 8], masks_in[8], masks_out[8];
static volatile uint32_t *stop_word;

static int has_avx512(void)
{
	unsigned a, b, c, d;
	return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b >> 16 & 1) && __builtin_cpu_supports("avx512f");
}

/* 32 bytes a register: ymm0 to ymm15. */
static void hold_ymm(void)
{
	__asm__ volatile("vmovdqu 0(%0),%%ymm0; vmovdqu 32(%0),%%ymm1; vmovdqu 64(%0),%%ymm2; vmovdqu 96(%0),%%ymm3\n"
			 "vmovdqu 128(%0),%%ymm4; vmovdqu 160(%0),%%ymm5; vmovdqu 192(%0),%%ymm6; vmovdqu 224(%0),%%ymm7\n"
			 "vmovdqu 256(%0),%%ymm8; vmovdqu 288(%0),%%ymm9; vmovdqu 320(%0),%%ymm10; vmovdqu 352(%0),%%ymm11\n"
			 "vmovdqu 384(%0),%%ymm12; vmovdqu 416(%0),%%ymm13; vmovdqu 448(%0),%%ymm14; vmovdqu 480(%0),%%ymm15\n"
			 "fninit; fldpi; fld1; fldl2e\n"
			 "mov $0x1111,%%rbx; mov $0x2222,%%r12; mov $0x3333,%%r13; mov $0x4444,%%r14; mov $0x5555,%%r15\n"
			 "1: pause; cmpl $0,(%2); je 1b\n"
			 "cmp $0x1111,%%rbx; jne 2f; cmp $0x2222,%%r12; jne 2f; cmp $0x3333,%%r13; jne 2f\n"
			 "cmp $0x4444,%%r14; jne 2f; cmp $0x5555,%%r15; je 3f\n"
			 "2: vpxor %%ymm0,%%ymm0,%%ymm0\n"
			 "3: vmovdqu %%ymm0,0(%1); vmovdqu %%ymm1,32(%1); vmovdqu %%ymm2,64(%1); vmovdqu %%ymm3,96(%1)\n"
			 "vmovdqu %%ymm4,128(%1); vmovdqu %%ymm5,160(%1); vmovdqu %%ymm6,192(%1); vmovdqu %%ymm7,224(%1)\n"
			 "vmovdqu %%ymm8,256(%1); vmovdqu %%ymm9,288(%1); vmovdqu %%ymm10,320(%1); vmovdqu %%ymm11,352(%1)\n"
			 "vmovdqu %%ymm12,384(%1); vmovdqu %%ymm13,416(%1); vmovdqu %%ymm14,448(%1); vmovdqu %%ymm15,480(%1)\n"
			 "vzeroupper; fstpl 512(%1); fstpl 520(%1); fstpl 528(%1)\n"
			 :
			 : "r"(vectors_in), "r"(vectors_out), "r"(stop_word)
			 : "memory", "rbx", "r12", "r13", "r14", "r15", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6",
			   "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15", "cc");
}

__attribute__((target("avx512f,avx512bw"))) static void hold_zmm(void)
{
	__asm__ volatile("vmovdqu64 0(%0),%%zmm1; vmovdqu64 64(%0),%%zmm15; vmovdqu64 128(%0),%%zmm16\n"
			 "vmovdqu64 192(%0),%%zmm31; kmovq 0(%3),%%k1; kmovq 8(%3),%%k7\n"
			 "1: pause; cmpl $0,(%2); je 1b\n"
			 "vmovdqu64 %%zmm1,0(%1); vmovdqu64 %%zmm15,64(%1); vmovdqu64 %%zmm16,128(%1)\n"
			 "vmovdqu64 %%zmm31,192(%1); kmovq %%k1,0(%4); kmovq %%k7,8(%4); vzeroupper\n"
			 :
			 : "r"(vectors_in), "r"(vectors_out), "r"(stop_word), "r"(masks_in), "r"(masks_out)
			 : "memory", "cc");
}

static int wide;

static void *hold_registers(void *unused)
{
	(void)unused;
	if (wide) {
		hold_zmm();
		EXPECT(!memcmp(vectors_in, vectors_out, 256));
		EXPECT(masks_in[0] == masks_out[0] && masks_in[1] == masks_out[1]);
	} else {
		hold_ymm();
		EXPECT(!memcmp(vectors_in, vectors_out, 512));
		double *floats = (double *)(vectors_out + 64);
		EXPECT(floats[0] > 1.4426 && floats[0] < 1.4428 && floats[1] == 1 && floats[2] > 3.1415 && floats[2] < 3.1416);
	}
	return 0;
}

/* ---- threads that wait in a futex ---- */

static uint32_t gate;
static uint64_t through;

static void *wait_at_the_gate(void *number)
{
	char name[16], now[16];
	snprintf(name, sizeof name, "w%ld", (long)number);
	prctl(PR_SET_NAME, name);
	stack_t stack = {.ss_sp = malloc(16384), .ss_size = 16384}, old;
	EXPECT(!sigaltstack(&stack, 0));
	pid_t tid = gettid();
	while (__atomic_load_n(&gate, __ATOMIC_SEQ_CST) == 0)
		syscall(SYS_futex, &gate, FUTEX_WAIT, 0, 0, 0, 0);
	prctl(PR_GET_NAME, now);
	EXPECT(!strcmp(name, now));
	EXPECT(gettid() == tid);
	EXPECT(!sigaltstack(0, &old) && old.ss_sp == stack.ss_sp && old.ss_size == stack.ss_size);
	EXPECT(sched_getcpu() >= 0);
	add(&through, 1);
	return 0;
}

/* ---- signals ---- */

static void on_alarm(int signal)
{
	(void)signal;
}

static sigset_t set_of(int a, int b)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, a);
	if (b)
		sigaddset(&set, b);
	return set;
}

static void *wait_with_a_signal(void *unused)
{
	(void)unused;
	sigset_t set = set_of(SIGUSR2, 0);
	pthread_sigmask(SIG_BLOCK, &set, 0);
	union sigval value = {.sival_int = 77};
	siginfo_t info = {.si_signo = SIGUSR2, .si_code = SI_QUEUE};
	info.si_value = value;
	EXPECT(!syscall(SYS_rt_tgsigqueueinfo, getpid(), gettid(), SIGUSR2, &info));
	while (running())
		nap();
	sigset_t now;
	pthread_sigmask(SIG_BLOCK, 0, &now);
	EXPECT(sigismember(&now, SIGUSR2) && sigismember(&now, SIGUSR1));
	struct timespec none = {0, 0};
	EXPECT(sigtimedwait(&set, &info, &none) == SIGUSR2 && info.si_value.sival_int == 77);
	EXPECT(sigtimedwait(&set, &info, &none) < 0 && errno == EAGAIN);
	return 0;
}

static void set_signals(void)
{
	sigset_t set = set_of(SIGUSR1, SIGRTMIN + 1);
	sigprocmask(SIG_BLOCK, &set, 0);
	for (int i = 0; i < 3; i++) {
		union sigval value = {.sival_int = 40 + i};
		EXPECT(!sigqueue(getpid(), SIGRTMIN + 1, value));
	}
	struct sigaction action = {.sa_handler = on_alarm, .sa_flags = SA_RESTART | SA_ONSTACK};
	sigaddset(&action.sa_mask, SIGHUP);
	EXPECT(!sigaction(SIGALRM, &action, 0));
	signal(SIGPIPE, SIG_IGN);
}

static void check_signals(void)
{
	sigset_t set = set_of(SIGRTMIN + 1, 0), now;
	sigprocmask(SIG_BLOCK, 0, &now);
	EXPECT(sigismember(&now, SIGUSR1) && sigismember(&now, SIGRTMIN + 1) && !sigismember(&now, SIGUSR2));
	struct timespec none = {0, 0};
	siginfo_t info;
	for (int i = 0; i < 3; i++)
		EXPECT(sigtimedwait(&set, &info, &none) == SIGRTMIN + 1 && info.si_value.sival_int == 40 + i);
	EXPECT(sigtimedwait(&set, &info, &none) < 0);
	struct sigaction action;
	EXPECT(!sigaction(SIGALRM, 0, &action) && action.sa_handler == on_alarm);
	EXPECT((action.sa_flags & (SA_RESTART | SA_ONSTACK)) == (SA_RESTART | SA_ONSTACK));
	EXPECT(sigismember(&action.sa_mask, SIGHUP) && !sigismember(&action.sa_mask, SIGTERM));
	EXPECT(!sigaction(SIGPIPE, 0, &action) && action.sa_handler == SIG_IGN);
}

/* ---- timers: far away, so that little time has gone ---- */

static timer_t timers[2];
static int timer_file;

static int far(struct itimerspec *left)
{
	return left->it_value.tv_sec > 9000 && left->it_value.tv_sec <= 10000 && left->it_interval.tv_sec == 7;
}

static void set_timers(void)
{
	struct itimerspec time = {{7, 0}, {10000, 0}};
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR2};
	EXPECT(!timer_create(CLOCK_MONOTONIC, &event, &timers[0]) && !timer_settime(timers[0], 0, &time, 0));
	event.sigev_notify = SIGEV_NONE;
	EXPECT(!timer_create(CLOCK_REALTIME, &event, &timers[1]) && !timer_settime(timers[1], 0, &time, 0));
	timer_file = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
	EXPECT(!timerfd_settime(timer_file, 0, &time, 0));
	struct itimerval interval = {{3, 0}, {500, 0}};
	EXPECT(!setitimer(ITIMER_REAL, &interval, 0));
}

static void check_timers(void)
{
	struct itimerspec left;
	EXPECT(!timer_gettime(timers[0], &left) && far(&left));
	EXPECT(!timer_gettime(timers[1], &left) && far(&left));
	EXPECT(!timerfd_gettime(timer_file, &left) && far(&left));
	struct itimerval interval;
	EXPECT(!getitimer(ITIMER_REAL, &interval) && interval.it_value.tv_sec > 300 && interval.it_interval.tv_sec == 3);
}

/* ---- files ---- */

static int pipes[2], big[2], counter, set, signals, memory, file, copy, device, fifo, directory;
static char *shared, *anonymous, *private_file;

static void open_files(void)
{
	EXPECT(!pipe(pipes) && write(pipes[1], "in the pipe", 11) == 11);
	EXPECT(!pipe2(big, O_CLOEXEC | O_NONBLOCK) && fcntl(big[1], F_SETPIPE_SZ, 1 << 18) == 1 << 18);
	char chunk[4000];
	for (int i = 0; i < 50; i++) {
		memset(chunk, i, sizeof chunk);
		EXPECT(write(big[1], chunk, sizeof chunk) == sizeof chunk);
	}
	counter = eventfd(7, EFD_NONBLOCK);
	set = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event event = {.events = EPOLLIN, .data.u64 = 0x1122334455667788};
	EXPECT(!epoll_ctl(set, EPOLL_CTL_ADD, counter, &event));
	event.data.u64 = 5;
	EXPECT(!epoll_ctl(set, EPOLL_CTL_ADD, big[1], &event));
	sigset_t signal_set = set_of(SIGUSR1, 0);
	signals = signalfd(-1, &signal_set, SFD_NONBLOCK);
	memory = memfd_create("named", MFD_ALLOW_SEALING);
	EXPECT(!ftruncate(memory, 8192) && pwrite(memory, "mem", 3, 4100) == 3 && lseek(memory, 17, SEEK_SET) == 17);
	EXPECT(!fcntl(memory, F_ADD_SEALS, F_SEAL_SHRINK));
	file = open("states-file", O_CREAT | O_RDWR | O_APPEND | O_TRUNC, 0644);
	EXPECT(write(file, "0123456789", 10) == 10 && lseek(file, 4, SEEK_SET) == 4);
	copy = dup2(file, 100);
	EXPECT(copy == 100 && !fcntl(copy, F_SETFD, FD_CLOEXEC));
	device = open("/dev/zero", O_RDONLY);
	EXPECT(!mkfifo("states-fifo", 0600) || errno == EEXIST);
	fifo = open("states-fifo", O_RDWR | O_NONBLOCK);
	EXPECT(write(fifo, "in the fifo", 11) == 11);
	directory = open(".", O_RDONLY | O_DIRECTORY);
	shared = mmap(0, 65536, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	strcpy(shared + 40000, "shared");
	anonymous = mmap(0, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	strcpy(anonymous + 8192, "hidden");
	EXPECT(!mprotect(anonymous + 8192, 4096, PROT_NONE));
	EXPECT(!madvise(anonymous + 32768, 8192, MADV_DONTFORK));
	private_file = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
	memcpy(private_file, "changed", 7);
}

static void check_pipes(void)
{
	char text[4000];
	EXPECT(read(pipes[0], text, sizeof text) == 11 && !memcmp(text, "in the pipe", 11));
	EXPECT(write(pipes[1], "x", 1) == 1 && read(pipes[0], text, 9) == 1);
	for (int i = 0; i < 50; i++)
		EXPECT(read(big[0], text, sizeof text) == sizeof text && text[0] == i && text[3999] == i);
	EXPECT(read(big[0], text, 1) < 0 && errno == EAGAIN);
	EXPECT(fcntl(big[0], F_GETPIPE_SZ) == 1 << 18 && fcntl(big[0], F_GETFD) == FD_CLOEXEC);
	EXPECT(read(fifo, text, sizeof text) == 11 && !memcmp(text, "in the fifo", 11));
}

static void check_events(void)
{
	struct epoll_event events[4];
	EXPECT(epoll_wait(set, events, 4, 0) == 1 && events[0].data.u64 == 0x1122334455667788);
	uint64_t count;
	EXPECT(read(counter, &count, 8) == 8 && count == 7);
	EXPECT(epoll_wait(set, events, 4, 0) == 0);
	kill(getpid(), SIGUSR1);
	struct signalfd_siginfo info;
	EXPECT(read(signals, &info, sizeof info) == sizeof info && info.ssi_signo == SIGUSR1);
}

static void check_files(void)
{
	char text[16] = {0};
	EXPECT(lseek(memory, 0, SEEK_CUR) == 17 && pread(memory, text, 3, 4100) == 3 && !memcmp(text, "mem", 3));
	EXPECT((fcntl(memory, F_GET_SEALS) & F_SEAL_SHRINK) && ftruncate(memory, 0) < 0);
	EXPECT(lseek(file, 0, SEEK_CUR) == 4 && lseek(copy, 5, SEEK_SET) == 5 && lseek(file, 0, SEEK_CUR) == 5);
	EXPECT(fcntl(file, F_GETFL) & O_APPEND && fcntl(copy, F_GETFD) == FD_CLOEXEC && !fcntl(file, F_GETFD));
	EXPECT(write(file, "end", 3) == 3 && pread(file, text, 3, 10) == 3 && !memcmp(text, "end", 3));
	EXPECT(read(device, text, 4) == 4 && !text[0]);
	struct stat here, there;
	EXPECT(!fstat(directory, &here) && !stat(".", &there) && here.st_ino == there.st_ino);
	EXPECT(!strcmp(shared + 40000, "shared"));
	EXPECT(!mprotect(anonymous + 8192, 4096, PROT_READ) && !strcmp(anonymous + 8192, "hidden"));
	EXPECT(!memcmp(private_file, "changed", 7) && pread(file, text, 7, 0) == 7 && !memcmp(text, "0123456", 7));
}

/* ---- the process itself ---- */

static void set_process(void)
{
	struct rlimit limit = {100, 200};
	EXPECT(!setrlimit(RLIMIT_CORE, &limit));
	EXPECT(!prctl(PR_SET_CHILD_SUBREAPER, 1) && !prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	EXPECT(!prctl(PR_SET_PDEATHSIG, SIGCONT) && !prctl(PR_SET_DUMPABLE, 0));
	umask(027);
	EXPECT(!setpriority(PRIO_PROCESS, 0, 3));
}

static void check_process(pid_t pid, pid_t session)
{
	struct rlimit limit;
	EXPECT(!getrlimit(RLIMIT_CORE, &limit) && limit.rlim_cur == 100 && limit.rlim_max == 200);
	int value = 0;
	EXPECT(!prctl(PR_GET_CHILD_SUBREAPER, &value) && value == 1);
	EXPECT(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 && prctl(PR_GET_DUMPABLE) == 0);
	EXPECT(!prctl(PR_GET_PDEATHSIG, &value) && value == SIGCONT);
	EXPECT(umask(0) == 027);
	EXPECT(getpriority(PRIO_PROCESS, 0) == 3);
	EXPECT(getpid() == pid && getsid(0) == session);
	EXPECT(!access("states-file", F_OK));
	void *end = sbrk(0);
	EXPECT(sbrk(4096) == end);
	*(volatile char *)end = 1;
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return 2;
	verdict_open(argv[1], 4096);
	char *slash = strrchr(argv[1], '/');
	char place[4096] = ".";
	if (slash)
		snprintf(place, sizeof place, "%.*s", (int)(slash - argv[1]), argv[1]);
	if (chdir(place))
		return 3;
	long threads = option(argc, argv, "threads", 64);
	wide = has_avx512();
	for (int i = 0; i < 128; i++)
		vectors_in[i] = word_of(1, i);
	for (int i = 0; i < 8; i++)
		masks_in[i] = word_of(2, i);
	static uint32_t stop;
	stop_word = &stop;
	set_signals();
	pthread_t waiting[1024], holder, signalled;
	for (long i = 0; i < threads; i++)
		EXPECT(!pthread_create(&waiting[i], 0, wait_at_the_gate, (void *)i));
	EXPECT(!pthread_create(&holder, 0, hold_registers, 0));
	EXPECT(!pthread_create(&signalled, 0, wait_with_a_signal, 0));
	set_timers();
	open_files();
	set_process();
	pid_t pid = getpid(), session = getsid(0);
	usleep(100000);
	verdict->state = 1;
	while (running())
		nap();
	stop = 1;
	__atomic_store_n(&gate, 1, __ATOMIC_SEQ_CST);
	syscall(SYS_futex, &gate, FUTEX_WAKE, 1 << 20, 0, 0, 0);
	for (long i = 0; i < threads; i++)
		EXPECT(!pthread_join(waiting[i], 0));
	EXPECT(!pthread_join(holder, 0) && !pthread_join(signalled, 0));
	EXPECT(through == (uint64_t)threads);
	check_signals();
	check_timers();
	check_pipes();
	check_events();
	check_files();
	check_process(pid, session);
	verdict->state = 2;
	return 0;
}
