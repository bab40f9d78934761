/*
 * A process with a bit of everything that a process can have beside pages and open files, and that knows it.
 *
 * usage: state FILE [threads=N] [ignore-sigtrap=0|1] [guards=0|1] [user=UID]
 *        [personality=0|1] [wipe-on-fork=0|1]
 *   threads  that wait in a futex, each with a name, a signal mask, an alternate stack of its own
 *   guards   have pages of MADV_GUARD_INSTALL
 *   user     be somebody else, with some capabilities left
 *   personality, wipe-on-fork  1: have what criu's restore, and criu's dump, forget
 * After "go" each thread and the process compare what they have with what they had.
 */
#define _GNU_SOURCE
#include "verdict.h"
#include <linux/capability.h>
#include <linux/futex.h>
#include <linux/rseq.h>
#include <linux/securebits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <asm/prctl.h>
#include <sys/auxv.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>

static uint64_t threads;
static uint32_t gate;
static __thread uint64_t own = 42;
static volatile sig_atomic_t got_signal, got_value, on_stack, alarms, posix_alarms, order_wrong;
static char *thread_stack_low;
extern const ptrdiff_t __rseq_offset;
extern const unsigned __rseq_size;

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
	unsigned long gs;
	uint32_t protection_keys, mxcsr;
	int rseq_registered, slack;
};

static struct rseq *rseq_area(void)
{
	return (struct rseq *)((char *)__builtin_thread_pointer() + __rseq_offset);
}

/* The kernel says EBUSY when the same area is registered already. */
static int is_rseq_registered(void)
{
	return __rseq_size && syscall(SYS_rseq, rseq_area(), 32, 0, 0x53053053) < 0 && errno == EBUSY;
}

static void look(struct thread_state *s)
{
	memset(s, 0, sizeof(*s));
	s->id = pthread_self();
	s->tid = syscall(SYS_gettid);
	pthread_sigmask(SIG_BLOCK, 0, &s->mask);
	sigaltstack(0, &s->stack);
	prctl(PR_GET_NAME, s->name);
	syscall(SYS_get_robust_list, 0, &s->robust, &s->robust_bytes);
	syscall(SYS_arch_prctl, ARCH_GET_GS, &s->gs);
	if (__builtin_cpu_supports("pku"))
		__asm__ volatile("rdpkru" : "=a"(s->protection_keys) : "c"(0) : "rdx");
	s->mxcsr = __builtin_ia32_stmxcsr();
	s->rseq_registered = is_rseq_registered();
}

/* A thread that ends with a robust mutex leaves it to the next one, which is told so. */
static pthread_mutex_t robust;

static void *end_with_mutex(void *unused)
{
	(void)unused;
	pthread_mutex_lock(&robust);
	add(&verdict->done_command, 1);
	while (__atomic_load_n(&gate, __ATOMIC_SEQ_CST) == 0)
		syscall(SYS_futex, &gate, FUTEX_WAIT, 0, 0, 0, 0);
	return 0;
}

/* Waits in a handler, on an alternate stack that nobody else may use meanwhile. */
static void on_handler_thread(int signal)
{
	char here;
	stack_t now;
	(void)signal;
	add(&verdict->done_command, 1);
	while (__atomic_load_n(&gate, __ATOMIC_SEQ_CST) == 0)
		syscall(SYS_futex, &gate, FUTEX_WAIT, 0, 0, 0, 0);
	EXPECT(!sigaltstack(0, &now) && (now.ss_flags & SS_ONSTACK), "the thread is on no alternate stack");
	EXPECT(&here >= (char *)now.ss_sp && &here < (char *)now.ss_sp + now.ss_size, "it is on another stack");
}

static void *wait_in_handler(void *unused)
{
	stack_t stack = {.ss_sp = malloc(65536), .ss_size = 65536}, after;
	(void)unused;
	sigaltstack(&stack, 0);
	double before = verdict->pid * 1.5;
	syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), SIGRTMIN + 4);
	EXPECT(before == verdict->pid * 1.5, "a vector register behind a handler");
	EXPECT(!sigaltstack(0, &after) && after.ss_sp == stack.ss_sp && !(after.ss_flags & SS_ONSTACK), "stack behind a handler");
	return 0;
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
	syscall(SYS_arch_prctl, ARCH_SET_GS, pattern + k % 512);
	if (__builtin_cpu_supports("pku"))
		__asm__ volatile("wrpkru" : : "a"(0x55555554 - (k % 2 << 30)), "c"(0), "d"(0));
	__builtin_ia32_ldmxcsr(0x1f80 | (k % 4) << 13); /* rounding */
	look(&before);
	add(&verdict->done_command, 1);
	while (__atomic_load_n(&gate, __ATOMIC_SEQ_CST) == 0)
		syscall(SYS_futex, &gate, FUTEX_WAIT, 0, 0, 0, 0);
	look(&after);
	EXPECT(!memcmp(&before, &after, sizeof(before)), "thread %lu is not what it was: tid %d, was %d; name %s, was %s", k,
	     after.tid, before.tid, after.name, before.name);
	EXPECT(after.rseq_registered && rseq_area()->cpu_id < 4096, "thread %lu has no rseq area", k);
	__builtin_ia32_ldmxcsr(0x1f80);
	EXPECT(own == word_of(k, 1), "thread %lu: its own variable is %lx", k, own);
	for (int i = 0; i < 512; i++)
		EXPECT(pattern[i] == word_of(k, i), "thread %lu: word %d of its stack", k, i);
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
		EXPECT(!memcmp(in, out, sizeof(in)), "vector registers changed");
	}
	long double third = 1.0L / 3, x = third;
	EXPECT(x * 3 == third * 3 && x != 0, "x87 arithmetic");
	return 0;
}

struct state {
	mode_t umask;
	char cwd[512], exe[512], command[512], environment[1024];
	struct rlimit limits[RLIM_NLIMITS];
	uid_t uid[3];
	gid_t gid[3];
	int groups, dumpable, nice, no_new_privs, subreaper, thp, oom, personality, securebits, policy, fsuid;
	uint64_t bounding, ambient;
	struct __user_cap_data_struct capabilities[2];
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
		EXPECT(0, "cwd or exe");
	slurp("/proc/self/cmdline", s->command, sizeof(s->command));
	slurp("/proc/self/environ", s->environment, sizeof(s->environment));
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
	s->personality = personality(0xffffffff);
	s->securebits = prctl(PR_GET_SECUREBITS);
	s->policy = sched_getscheduler(0);
	s->fsuid = syscall(SYS_setfsuid, -1);
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	syscall(SYS_capget, &header, s->capabilities);
	for (int i = 0; i <= CAP_LAST_CAP; i++) {
		s->bounding |= (uint64_t)(prctl(PR_CAPBSET_READ, i) == 1) << i;
		s->ambient |= (uint64_t)(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, i, 0, 0) == 1) << i;
	}
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

/* Mappings that differ in what VmFlags of smaps tell: after a restore they still do. */
#define FLAGGED 9

struct flagged {
	char *at[FLAGGED];
	char flags[FLAGGED][128];
};

static char *map_anonymous(int flags)
{
	char *m = mmap(0, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
	m[0] = 1;
	return m;
}

static void map_flagged(struct flagged *f, int wipe)
{
	const int advice[] = {MADV_SEQUENTIAL, MADV_RANDOM,	 MADV_DONTFORK, MADV_DONTDUMP,
				     MADV_HUGEPAGE,   MADV_NOHUGEPAGE, wipe ? MADV_WIPEONFORK : MADV_NORMAL};
	for (int i = 0; i < 7; i++) {
		f->at[i] = map_anonymous(0);
		EXPECT(!madvise(f->at[i], 8 * PAGE, advice[i]), "madvise(%d)", advice[i]);
	}
	f->at[7] = map_anonymous(MAP_NORESERVE);
	/* What is inaccessible below it may come near, and nothing else fits in between. */
	char *room = mmap(0, 64 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	f->at[8] = mmap(room + 62 * PAGE, 2 * PAGE, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_GROWSDOWN | MAP_FIXED, -1, 0);
	munmap(room + PAGE, 61 * PAGE);
	EXPECT(f->at[8] != MAP_FAILED, "a mapping that grows");
	write_page(f->at[8], 800);
}

/* Without those that laziness and tracking add while they are under way. */
static void look_at_flags(struct flagged *f)
{
	char line[512], flag[4];
	int which = -1, at;
	memset(f->flags, 0, sizeof(f->flags));
	FILE *smaps = fopen("/proc/self/smaps", "r");
	while (smaps && fgets(line, sizeof(line), smaps)) {
		unsigned long start, end;
		char mode[8];
		if (sscanf(line, "%lx-%lx %7s", &start, &end, mode) == 3) {
			which = -1;
			for (int i = 0; i < FLAGGED; i++)
				if ((unsigned long)f->at[i] >= start && (unsigned long)f->at[i] < end)
					which = i;
		}
		if (which >= 0 && !strncmp(line, "VmFlags:", 8))
			for (char *rest = line + 8; sscanf(rest, " %3s%n", flag, &at) == 1; rest += at)
				if (!strstr("um uw ui sd ac", flag) && strlen(f->flags[which]) < 120)
					strcat(strcat(f->flags[which], flag), " ");
	}
	if (smaps)
		fclose(smaps);
}

static void check_flagged(struct flagged *before)
{
	static struct flagged after;
	memcpy(after.at, before->at, sizeof(after.at));
	look_at_flags(&after);
	for (int i = 0; i < FLAGGED; i++)
		EXPECT(!strcmp(before->flags[i], after.flags[i]) && after.flags[i][0], "flags of mapping %d were %s, are %s", i,
		     before->flags[i], after.flags[i]);
	EXPECT(!bad_words(before->at[8], 800), "a page of a mapping that grows");
	for (int i = 1; i < 20; i++)
		*(volatile char *)(before->at[8] - i * PAGE) = i;
	pid_t child = fork();
	if (!child)
		_exit(before->at[6][0]);
	int status;
	EXPECT(waitpid(child, &status, 0) == child && status == !strstr(after.flags[6], "wf") << 8,
	       "memory that is wiped on fork");
}

/* The second of three pages can't be touched, and costs no mapping. */
static char *map_guarded(void)
{
	char *m = map_anonymous(0);
	write_page(m, 900);
	write_page(m + 2 * PAGE, 902);
	EXPECT(!madvise(m + PAGE, PAGE, 102 /* MADV_GUARD_INSTALL */), "MADV_GUARD_INSTALL");
	return m;
}

static void check_guarded(char *m)
{
	int pipes[2];
	EXPECT(!bad_words(m, 900) && !bad_words(m + 2 * PAGE, 902), "pages around a guard");
	EXPECT(!pipe(pipes) && write(pipes[1], m + PAGE, 1) < 0 && errno == EFAULT, "a guard page can be read");
	EXPECT(!madvise(m + PAGE, PAGE, 103 /* MADV_GUARD_REMOVE */) && !m[PAGE], "MADV_GUARD_REMOVE");
	close(pipes[0]);
	close(pipes[1]);
}

/* Somebody else, who keeps a few capabilities; as root it drops and hands down some. */
static void set_credentials(uint64_t user)
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct data[2] = {{0}};
	EXPECT(!prctl(PR_CAPBSET_DROP, CAP_SYS_TIME), "a capability of the bounding set");
	if (user) {
		EXPECT(!prctl(PR_SET_SECUREBITS, SECBIT_KEEP_CAPS), "PR_SET_SECUREBITS");
		EXPECT(!setresgid(user, user + 1, user + 2) && !setresuid(user, user, user + 2), "setresuid");
	}
	syscall(SYS_capget, &header, data);
	data[0].permitted &= ~(1u << CAP_SYS_TIME | 1u << CAP_SYS_BOOT);
	data[0].effective = data[0].permitted & ~(1u << CAP_KILL);
	data[0].inheritable = 1u << CAP_NET_BIND_SERVICE;
	EXPECT(!syscall(SYS_capset, &header, data), "capset");
	EXPECT(!prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_BIND_SERVICE, 0, 0), "an ambient capability");
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
		EXPECT(!bad_words(m->shared + i * PAGE, 100 + i), "shared page %d", i);
	EXPECT(!bad_words(m->file_shared, 200), "page of a shared file");
	EXPECT(!bad_words(m->file_private + PAGE, 300), "changed page of a private file");
	EXPECT(m->file_private[0] == 'A' && m->file_private[3 * PAGE - 1] == 'A', "unchanged page of a private file");
	EXPECT(!bad_words(m->locked, 400), "locked page");
	EXPECT(!bad_words(m->read_only, 600), "read-only page");
	EXPECT(!bad_words(m->no_fork, 700), "page that is not for children");
	EXPECT(((int (*)(void))(void *)m->code)() == 42, "code made at run time");
	int pipes[2];
	EXPECT(!pipe(pipes) && write(pipes[1], m->none + PAGE, 1) < 0 && errno == EFAULT, "memory without access");
	EXPECT(write(pipes[1], m->read_only, 1) == 1 && read(pipes[0], m->read_only, 1) < 0, "read-only memory");
	close(pipes[0]);
	close(pipes[1]);
	mprotect(m->none, 4 * PAGE, PROT_READ);
	EXPECT(!bad_words(m->none + PAGE, 500), "page that had no access");
	EXPECT(status_kib("VmLck:") == 16, "%lu KiB are locked", status_kib("VmLck:"));
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
	static struct flagged flagged;
	char *guarded = 0;
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
	map_flagged(&flagged, option(argc, argv, "wipe-on-fork", 1));
	look_at_flags(&flagged);
	if (option(argc, argv, "guards", 0))
		guarded = map_guarded();
	close(file);

	struct sigaction queued = {.sa_sigaction = on_queued, .sa_flags = SA_SIGINFO};
	struct sigaction stacked = {.sa_handler = on_usr1, .sa_flags = SA_ONSTACK | SA_RESTART};
	struct sigaction alarm_action = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};
	sigaddset(&stacked.sa_mask, SIGWINCH);
	sigaction(SIGRTMIN + 1, &queued, 0);
	sigaction(SIGUSR1, &stacked, 0);
	sigaction(SIGALRM, &alarm_action, 0);
	sigaction(SIGRTMIN + 2, &alarm_action, 0);
	struct sigaction on_thread = {.sa_handler = on_handler_thread, .sa_flags = SA_ONSTACK};
	sigaction(SIGRTMIN + 4, &on_thread, 0);
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
	EXPECT(!syscall(SYS_setgroups, 3, groups), "setgroups");

	if (option(argc, argv, "personality", 1))
		EXPECT(personality(ADDR_NO_RANDOMIZE | SHORT_INODE) >= 0, "personality");
	int oom = open("/proc/self/oom_score_adj", O_WRONLY);
	EXPECT(write(oom, "321", 3) == 3 && !close(oom), "oom_score_adj");
	prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
	set_credentials(option(argc, argv, "user", 0));

	pthread_mutexattr_t attribute;
	pthread_mutexattr_init(&attribute);
	pthread_mutexattr_setrobust(&attribute, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(&robust, &attribute);
	pthread_t *thread = calloc(threads + 3, sizeof(*thread));
	for (uint64_t k = 0; k < threads; k++)
		pthread_create(&thread[k], 0, thread_main, (void *)k);
	pthread_create(&thread[threads], 0, vectors, &stop);
	pthread_create(&thread[threads + 1], 0, end_with_mutex, 0);
	pthread_create(&thread[threads + 2], 0, wait_in_handler, 0);
	while (verdict->done_command < threads + 3)
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
	struct itimerval far = {{7, 0}, {5000, 0}};
	setitimer(ITIMER_VIRTUAL, &far, 0);
	setitimer(ITIMER_PROF, &far, 0);
	struct sigevent none = {.sigev_notify = SIGEV_NONE};
	struct itimerspec cpu_time = {{5, 0}, {4000, 0}};
	timer_t of_cpu, to_thread;
	timer_t timers[3];
	for (int i = 0; i < 3; i++) {
		struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN + 2, .sigev_value.sival_int = i};
		timer_create(CLOCK_MONOTONIC, &event, &timers[i]);
	}
	timer_delete(timers[1]); /* a gap in the ids */
	struct itimerspec later = {{0, 0}, {3600, 0}}, soon = {{0, 100000000}, {0, 100000000}};
	timer_settime(timers[0], 0, &later, 0);
	timer_settime(timers[2], 0, &soon, 0);
	EXPECT(!timer_create(CLOCK_PROCESS_CPUTIME_ID, &none, &of_cpu) && !timer_settime(of_cpu, 0, &cpu_time, 0), "timer");
	struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGRTMIN + 5};
	event._sigev_un._tid = syscall(SYS_gettid);
	EXPECT(!timer_create(CLOCK_REALTIME, &event, &to_thread) && !timer_settime(to_thread, 0, &cpu_time, 0), "timer");

	look_at_process(&before);
	look(&me);
	uint64_t monotonic = monotonic_ns();
	verdict->done_command = 0;
	verdict->state = 1;
	while (verdict->command != 1)
		nap();

	EXPECT(monotonic_ns() >= monotonic, "CLOCK_MONOTONIC went back");
	look_at_process(&after);
	look(&me_after);
#define SAME(field) EXPECT(!memcmp(&before.field, &after.field, sizeof(before.field)), #field " changed")
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
	SAME(environment);
	SAME(personality);
	SAME(securebits);
	SAME(policy);
	SAME(fsuid);
	SAME(bounding);
	SAME(ambient);
	SAME(capabilities);
	SAME(auxv_entry);
	SAME(auxv_random);
	SAME(brk);
	for (int i = 1; i <= 64; i++)
		EXPECT(!memcmp(&before.actions[i], &after.actions[i], sizeof(before.actions[i])), "action of signal %d: %lx, was %lx",
		     i, *(long *)&after.actions[i], *(long *)&before.actions[i]);
	SAME(pid);
	SAME(pgid);
	SAME(sid);
	EXPECT(!memcmp(&me, &me_after, sizeof(me)), "the first thread is not what it was");
	gid_t groups_after[8];
	EXPECT(getgroups(8, groups_after) == 3 && groups_after[2] == 30, "groups");
	check_memory(&memory);
	check_flagged(&flagged);
	if (guarded)
		check_guarded(guarded);
	EXPECT(deep(100) > 1, "the stack does not grow");
	EXPECT(sbrk(64 * PAGE) == before.brk && (memset(before.brk, 7, 64 * PAGE), 1), "the heap does not grow");

	__atomic_store_n(&gate, 1, __ATOMIC_SEQ_CST);
	__atomic_store_n(&stop, 1, __ATOMIC_SEQ_CST);
	syscall(SYS_futex, &gate, FUTEX_WAKE, 1 << 30, 0, 0, 0);
	for (uint64_t k = 0; k < threads + 3; k++)
		pthread_join(thread[k], 0);
	EXPECT(pthread_mutex_lock(&robust) == EOWNERDEAD, "a robust mutex whose owner has ended");

	pthread_sigmask(SIG_UNBLOCK, &blocked, 0);
	EXPECT(got_signal == 3 && got_value == 102 && !order_wrong, "%d queued signals came", (int)got_signal);
	raise(SIGUSR1);
	EXPECT(on_stack, "the handler does not run on the alternate stack");
	for (int i = 0; i < 3000 && (alarms < 3 || posix_alarms < 3); i++)
		nap();
	EXPECT(alarms >= 3, "%d alarms of setitimer", (int)alarms);
	EXPECT(posix_alarms >= 3, "%d alarms of timer_create", (int)posix_alarms);
	struct itimerspec left;
	EXPECT(!timer_gettime(timers[0], &left) && left.it_value.tv_sec > 3500 && left.it_value.tv_sec <= 3600, "long timer");
	EXPECT(timer_gettime(timers[1], &left) == -1 && errno == EINVAL, "a timer that was deleted");
	EXPECT(!timer_gettime(of_cpu, &left) && left.it_value.tv_sec > 3900 && left.it_interval.tv_sec == 5, "timer of CPU time");
	EXPECT(!timer_gettime(to_thread, &left) && left.it_value.tv_sec > 3900 && left.it_interval.tv_sec == 5, "thread's timer");
	for (int i = ITIMER_VIRTUAL; i <= ITIMER_PROF; i++)
		EXPECT(!getitimer(i, &far) && far.it_value.tv_sec > 4900 && far.it_interval.tv_sec == 7, "interval timer %d", i);
	EXPECT(!timer_gettime(timers[2], &left) && left.it_interval.tv_nsec == 100000000, "interval of a timer");
	verdict->state = 2;
	for (;;)
		pause();
}
