/*
 * A process with a bit of everything that a process can have beside pages and open files, and that knows it.
 *
 * usage: state FILE [threads=N] [ignore-sigtrap=0|1]
 *   threads  that wait in a futex, each with a name, a signal mask, an alternate stack of its own
 * After "go" each thread and the process compare what they have with what they had.
 */
#define _GNU_SOURCE
#include "verdict.h"
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>

#define MUST(condition, ...)                        \
	do {                                        \
		add(&verdict->checks, 1);           \
		if (!(condition)) {                 \
			add(&verdict->failures, 1); \
			tell(__VA_ARGS__);          \
		}                                   \
	} while (0)

static uint64_t threads;
static uint32_t gate;
static __thread uint64_t own = 42;
static volatile sig_atomic_t got_signal, got_value, on_stack, alarms, posix_alarms, order_wrong;
static char *thread_stack_low;

static void on_queued(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)context;
	if (info->si_value.sival_int != got_signal + 100)
		order_wrong = 1;
	got_signal++;
	got_value = info->si_value.sival_int;
}

static void on_usr1(int signal)
{
	char here;
	(void)signal;
	on_stack = &here >= thread_stack_low && &here < thread_stack_low + 65536;
}

static void on_alarm(int signal)
{
	if (signal == SIGALRM)
		alarms++;
	else
		posix_alarms++;
}

struct thread_state {
	pthread_t id;
	pid_t tid;
	sigset_t mask;
	stack_t stack;
	char name[16];
	void *robust;
	size_t robust_bytes;
};

static void look(struct thread_state *s)
{
	memset(s, 0, sizeof(*s));
	s->id = pthread_self();
	s->tid = syscall(SYS_gettid);
	pthread_sigmask(SIG_BLOCK, 0, &s->mask);
	sigaltstack(0, &s->stack);
	prctl(PR_GET_NAME, s->name);
	syscall(SYS_get_robust_list, 0, &s->robust, &s->robust_bytes);
}

static void *thread_main(void *argument)
{
	uint64_t k = (uintptr_t)argument, pattern[512];
	struct thread_state before, after;
	sigset_t mask;
	char name[16];
	stack_t stack = {.ss_sp = malloc(65536), .ss_size = 65536};
	snprintf(name, sizeof(name), "worker-%lu", k);
	prctl(PR_SET_NAME, name);
	sigemptyset(&mask);
	sigaddset(&mask, SIGRTMIN + 3 + k % 8);
	sigaddset(&mask, SIGALRM);
	pthread_sigmask(SIG_SETMASK, &mask, 0);
	sigaltstack(&stack, 0);
	own = word_of(k, 1);
	for (int i = 0; i < 512; i++)
		pattern[i] = word_of(k, i);
	look(&before);
	add(&verdict->done_command, 1);
	while (__atomic_load_n(&gate, __ATOMIC_SEQ_CST) == 0)
		syscall(SYS_futex, &gate, FUTEX_WAIT, 0, 0, 0, 0);
	look(&after);
	MUST(!memcmp(&before, &after, sizeof(before)), "thread %lu is not what it was: tid %d, was %d; name %s, was %s", k,
	     after.tid, before.tid, after.name, before.name);
	MUST(own == word_of(k, 1), "thread %lu: its own variable is %lx", k, own);
	for (int i = 0; i < 512; i++)
		MUST(pattern[i] == word_of(k, i), "thread %lu: word %d of its stack", k, i);
	return 0;
}

/* Vector registers that no function call saves: a loop in one piece of assembly, over the dump. */
static void *vectors(void *argument)
{
	volatile uint32_t *stop = argument;
	uint64_t in[32], out[32];
	for (int i = 0; i < 32; i++)
		in[i] = word_of(777, i);
	memset(out, 0, sizeof(out));
	add(&verdict->done_command, 1);
	if (__builtin_cpu_supports("avx")) {
		__asm__ volatile("vmovdqu 0(%0),%%ymm0; vmovdqu 32(%0),%%ymm3; vmovdqu 64(%0),%%ymm5; vmovdqu 96(%0),%%ymm8\n"
				 "vmovdqu 128(%0),%%ymm10; vmovdqu 160(%0),%%ymm12; vmovdqu 192(%0),%%ymm14; vmovdqu 224(%0),%%ymm15\n"
				 "1: pause; cmpl $0,(%2); je 1b\n"
				 "vmovdqu %%ymm0,0(%1); vmovdqu %%ymm3,32(%1); vmovdqu %%ymm5,64(%1); vmovdqu %%ymm8,96(%1)\n"
				 "vmovdqu %%ymm10,128(%1); vmovdqu %%ymm12,160(%1); vmovdqu %%ymm14,192(%1); vmovdqu %%ymm15,224(%1)\n"
				 "vzeroupper\n"
				 :
				 : "r"(in), "r"(out), "r"(stop)
				 : "memory", "xmm0", "xmm3", "xmm5", "xmm8", "xmm10", "xmm12", "xmm14", "xmm15");
		MUST(!memcmp(in, out, sizeof(in)), "vector registers changed");
	}
	long double third = 1.0L / 3, x = third;
	MUST(x * 3 == third * 3 && x != 0, "x87 arithmetic");
	return 0;
}

struct state {
	mode_t umask;
	char cwd[512], exe[512], command[512];
	struct rlimit limits[RLIM_NLIMITS];
	uid_t uid[3];
	gid_t gid[3];
	int groups, dumpable, nice, no_new_privs, subreaper, thp, oom;
	unsigned long auxv_entry, auxv_random;
	void *brk;
	struct sigaction actions[65];
	pid_t pid, pgid, sid;
	struct sigaction padding;
};

static void slurp(const char *path, char *into, size_t size)
{
	int fd = open(path, O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, into, size - 1);
	into[n < 0 ? 0 : n] = 0;
	if (fd >= 0)
		close(fd);
}

static void look_at_process(struct state *s)
{
	memset(s, 0, sizeof(*s));
	s->umask = umask(0);
	umask(s->umask);
	if (!getcwd(s->cwd, sizeof(s->cwd)) || readlink("/proc/self/exe", s->exe, sizeof(s->exe) - 1) < 0)
		MUST(0, "cwd or exe");
	slurp("/proc/self/cmdline", s->command, sizeof(s->command));
	for (int i = 0; i < (int)RLIM_NLIMITS; i++)
		getrlimit(i, &s->limits[i]);
	getresuid(&s->uid[0], &s->uid[1], &s->uid[2]);
	getresgid(&s->gid[0], &s->gid[1], &s->gid[2]);
	s->groups = getgroups(0, 0);
	s->dumpable = prctl(PR_GET_DUMPABLE);
	s->nice = getpriority(PRIO_PROCESS, 0);
	s->no_new_privs = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);
	prctl(PR_GET_CHILD_SUBREAPER, &s->subreaper);
	s->thp = prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0);
	char oom[32];
	slurp("/proc/self/oom_score_adj", oom, sizeof(oom));
	s->oom = atoi(oom);
	s->auxv_entry = getauxval(AT_ENTRY);
	s->auxv_random = getauxval(AT_RANDOM);
	s->brk = sbrk(0);
	for (int i = 1; i <= 64; i++)
		syscall(SYS_rt_sigaction, i, 0, &s->actions[i], 8);
	s->pid = getpid();
	s->pgid = getpgrp();
	s->sid = getsid(0);
}

static uint64_t status_kib(const char *key)
{
	char text[8192], *at;
	slurp("/proc/self/status", text, sizeof(text));
	at = strstr(text, key);
	return at ? strtoull(at + strlen(key), 0, 10) : 0;
}

static uint64_t monotonic_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

struct memory {
	char *shared, *file_shared, *file_private, *locked, *none, *read_only, *code, *no_fork;
};

static void map_all(struct memory *m, int file)
{
	m->shared = mmap(0, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	m->file_shared = mmap(0, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, PAGE);
	m->file_private = mmap(0, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
	m->locked = mmap(0, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	m->none = mmap(0, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	m->read_only = mmap(0, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	m->code = mmap(0, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	m->no_fork = mmap(0, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	for (int i = 0; i < 8; i++)
		write_page(m->shared + i * PAGE, 100 + i);
	write_page(m->file_shared, 200);
	write_page(m->file_private + PAGE, 300);
	write_page(m->locked, 400);
	write_page(m->none + PAGE, 500);
	write_page(m->read_only, 600);
	write_page(m->no_fork, 700);
	memcpy(m->code, "\xb8\x2a\x00\x00\x00\xc3", 6); /* return 42 */
	mlock(m->locked, 4 * PAGE);
	mprotect(m->none, 4 * PAGE, PROT_NONE);
	mprotect(m->read_only, 4 * PAGE, PROT_READ);
	mprotect(m->code, PAGE, PROT_READ | PROT_EXEC);
	madvise(m->no_fork, 4 * PAGE, MADV_DONTFORK);
}

static void check_memory(struct memory *m)
{
	for (int i = 0; i < 8; i++)
		MUST(!bad_words(m->shared + i * PAGE, 100 + i), "shared page %d", i);
	MUST(!bad_words(m->file_shared, 200), "page of a shared file");
	MUST(!bad_words(m->file_private + PAGE, 300), "changed page of a private file");
	MUST(m->file_private[0] == 'A' && m->file_private[3 * PAGE - 1] == 'A', "unchanged page of a private file");
	MUST(!bad_words(m->locked, 400), "locked page");
	MUST(!bad_words(m->read_only, 600), "read-only page");
	MUST(!bad_words(m->no_fork, 700), "page that is not for children");
	MUST(((int (*)(void))(void *)m->code)() == 42, "code made at run time");
	int pipes[2];
	MUST(!pipe(pipes) && write(pipes[1], m->none + PAGE, 1) < 0 && errno == EFAULT, "memory without access");
	MUST(write(pipes[1], m->read_only, 1) == 1 && read(pipes[0], m->read_only, 1) < 0, "read-only memory");
	close(pipes[0]);
	close(pipes[1]);
	mprotect(m->none, 4 * PAGE, PROT_READ);
	MUST(!bad_words(m->none + PAGE, 500), "page that had no access");
	MUST(status_kib("VmLck:") == 16, "%lu KiB are locked", status_kib("VmLck:"));
}

__attribute__((noinline)) static uint64_t deep(int n)
{
	volatile char frame[8192];
	frame[0] = n;
	return n ? deep(n - 1) + frame[0] : 1;
}

int main(int argc, char **argv)
{
	static struct state before, after;
	static struct thread_state me, me_after;
	static struct memory memory;
	static uint32_t stop;
	char path[600];
	if (argc < 2)
		return 2;
	threads = option(argc, argv, "threads", 8);
	verdict_open(argv[1], PAGE);
	snprintf(path, sizeof(path), "%s.file", argv[1]);
	int file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	char page[4096];
	memset(page, 'A', sizeof(page));
	for (int i = 0; i < 4; i++)
		if (write(file, page, sizeof(page)) != sizeof(page))
			return 4;
	map_all(&memory, file);
	close(file);

	struct sigaction queued = {.sa_sigaction = on_queued, .sa_flags = SA_SIGINFO};
	struct sigaction stacked = {.sa_handler = on_usr1, .sa_flags = SA_ONSTACK | SA_RESTART};
	struct sigaction alarm_action = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};
	sigaddset(&stacked.sa_mask, SIGWINCH);
	sigaction(SIGRTMIN + 1, &queued, 0);
	sigaction(SIGUSR1, &stacked, 0);
	sigaction(SIGALRM, &alarm_action, 0);
	sigaction(SIGRTMIN + 2, &alarm_action, 0);
	signal(SIGUSR2, SIG_IGN);
	if (option(argc, argv, "ignore-sigtrap", 0)) /* criu's own dump takes that back */
		signal(SIGTRAP, SIG_IGN);
	thread_stack_low = malloc(65536);
	stack_t stack = {.ss_sp = thread_stack_low, .ss_size = 65536};
	sigaltstack(&stack, 0);
	umask(027);
	if (chdir("/usr") || setpriority(PRIO_PROCESS, 0, 5))
		return 4;
	struct rlimit files = {333, 4000};
	setrlimit(RLIMIT_NOFILE, &files);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	gid_t groups[] = {10, 20, 30};
	MUST(!syscall(SYS_setgroups, 3, groups), "setgroups");

	pthread_t *thread = calloc(threads + 1, sizeof(*thread));
	for (uint64_t k = 0; k < threads; k++)
		pthread_create(&thread[k], 0, thread_main, (void *)k);
	pthread_create(&thread[threads], 0, vectors, &stop);
	while (verdict->done_command < threads + 1)
		nap();

	/* Three queued signals that wait, and a timer of each kind that has gone off or will. */
	sigset_t blocked;
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGRTMIN + 1);
	sigaddset(&blocked, SIGALRM);
	sigaddset(&blocked, SIGRTMIN + 2);
	pthread_sigmask(SIG_BLOCK, &blocked, 0);
	for (int i = 0; i < 3; i++)
		pthread_sigqueue(pthread_self(), SIGRTMIN + 1, (union sigval){.sival_int = 100 + i});
	struct itimerval interval = {{0, 200000}, {0, 200000}};
	setitimer(ITIMER_REAL, &interval, 0);
	timer_t timers[3];
	for (int i = 0; i < 3; i++) {
		struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN + 2, .sigev_value.sival_int = i};
		timer_create(CLOCK_MONOTONIC, &event, &timers[i]);
	}
	timer_delete(timers[1]); /* a gap in the ids */
	struct itimerspec later = {{0, 0}, {3600, 0}}, soon = {{0, 100000000}, {0, 100000000}};
	timer_settime(timers[0], 0, &later, 0);
	timer_settime(timers[2], 0, &soon, 0);

	look_at_process(&before);
	look(&me);
	uint64_t monotonic = monotonic_ns();
	verdict->done_command = 0;
	verdict->state = 1;
	while (verdict->command != 1)
		nap();

	MUST(monotonic_ns() >= monotonic, "CLOCK_MONOTONIC went back");
	look_at_process(&after);
	look(&me_after);
#define SAME(field) MUST(!memcmp(&before.field, &after.field, sizeof(before.field)), #field " changed")
	SAME(umask);
	SAME(cwd);
	SAME(exe);
	SAME(command);
	SAME(limits);
	SAME(uid);
	SAME(gid);
	SAME(groups);
	SAME(dumpable);
	SAME(nice);
	SAME(no_new_privs);
	SAME(subreaper);
	SAME(thp);
	SAME(oom);
	SAME(auxv_entry);
	SAME(auxv_random);
	SAME(brk);
	for (int i = 1; i <= 64; i++)
		MUST(!memcmp(&before.actions[i], &after.actions[i], sizeof(before.actions[i])), "action of signal %d: %lx, was %lx",
		     i, *(long *)&after.actions[i], *(long *)&before.actions[i]);
	SAME(pid);
	SAME(pgid);
	SAME(sid);
	MUST(!memcmp(&me, &me_after, sizeof(me)), "the first thread is not what it was");
	gid_t groups_after[8];
	MUST(getgroups(8, groups_after) == 3 && groups_after[2] == 30, "groups");
	check_memory(&memory);
	MUST(deep(100) > 1, "the stack does not grow");
	MUST(sbrk(64 * PAGE) == before.brk && (memset(before.brk, 7, 64 * PAGE), 1), "the heap does not grow");

	__atomic_store_n(&gate, 1, __ATOMIC_SEQ_CST);
	__atomic_store_n(&stop, 1, __ATOMIC_SEQ_CST);
	syscall(SYS_futex, &gate, FUTEX_WAKE, 1 << 30, 0, 0, 0);
	for (uint64_t k = 0; k <= threads; k++)
		pthread_join(thread[k], 0);

	pthread_sigmask(SIG_UNBLOCK, &blocked, 0);
	MUST(got_signal == 3 && got_value == 102 && !order_wrong, "%d queued signals came", (int)got_signal);
	raise(SIGUSR1);
	MUST(on_stack, "the handler does not run on the alternate stack");
	for (int i = 0; i < 3000 && (alarms < 3 || posix_alarms < 3); i++)
		nap();
	MUST(alarms >= 3, "%d alarms of setitimer", (int)alarms);
	MUST(posix_alarms >= 3, "%d alarms of timer_create", (int)posix_alarms);
	struct itimerspec left;
	MUST(!timer_gettime(timers[0], &left) && left.it_value.tv_sec > 3500 && left.it_value.tv_sec <= 3600, "long timer");
	MUST(timer_gettime(timers[1], &left) == -1 && errno == EINVAL, "a timer that was deleted");
	MUST(!timer_gettime(timers[2], &left) && left.it_interval.tv_nsec == 100000000, "interval of a timer");
	verdict->state = 2;
	for (;;)
		pause();
}
