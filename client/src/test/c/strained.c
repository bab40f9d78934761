/*
 * A process whose threads are interrupted in all they do, and must not notice: each checks that its calls
 * return what they should, when they should, and that its registers keep their values.
 *
 * usage: strained FILE [ignore-sigtrap=0|1]
 * After "go" the threads end and the process says that it is done. The first word behind the verdict counts
 * the SIGRTMIN that it has got, the second one the naps that it has finished.
 */
#define _GNU_SOURCE
#include "verdict.h"
#include <cpuid.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>

static volatile uint64_t *own;
static int full[2], silent[2];

static int running(void)
{
	return verdict->command != 1;
}

static void on_signal(int signal)
{
	(void)signal;
	add(&own[0], 1);
}

static uint64_t monotonic_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000ull + t.tv_nsec / 1000;
}

/* Known values in all 16 XMM registers and most general ones, a long loop, and a look. */
static uint64_t strain_registers(const uint64_t *in, uint64_t *out)
{
	uint64_t sum = 0;
	__asm__ volatile("movdqu 0(%1),%%xmm0; movdqu 16(%1),%%xmm1; movdqu 32(%1),%%xmm2; movdqu 48(%1),%%xmm3\n"
			 "movdqu 64(%1),%%xmm4; movdqu 80(%1),%%xmm5; movdqu 96(%1),%%xmm6; movdqu 112(%1),%%xmm7\n"
			 "movdqu 128(%1),%%xmm8; movdqu 144(%1),%%xmm9; movdqu 160(%1),%%xmm10; movdqu 176(%1),%%xmm11\n"
			 "movdqu 192(%1),%%xmm12; movdqu 208(%1),%%xmm13; movdqu 224(%1),%%xmm14; movdqu 240(%1),%%xmm15\n"
			 "mov $1,%%rax; mov $2,%%rbx; mov $3,%%rdx; mov $4,%%r8; mov $5,%%r9; mov $6,%%r10; mov $7,%%r11\n"
			 "mov $8,%%r12; mov $9,%%r13; mov $10,%%r14; mov $11,%%r15; mov $200000,%%rcx\n"
			 "1: dec %%rcx; jnz 1b\n"
			 "movdqu %%xmm0,0(%2); movdqu %%xmm1,16(%2); movdqu %%xmm2,32(%2); movdqu %%xmm3,48(%2)\n"
			 "movdqu %%xmm4,64(%2); movdqu %%xmm5,80(%2); movdqu %%xmm6,96(%2); movdqu %%xmm7,112(%2)\n"
			 "movdqu %%xmm8,128(%2); movdqu %%xmm9,144(%2); movdqu %%xmm10,160(%2); movdqu %%xmm11,176(%2)\n"
			 "movdqu %%xmm12,192(%2); movdqu %%xmm13,208(%2); movdqu %%xmm14,224(%2); movdqu %%xmm15,240(%2)\n"
			 "lea (%%rax,%%rbx,2),%%rax; lea (%%rax,%%rdx,4),%%rax; lea (%%rax,%%r8,8),%%rax\n"
			 "imul $16,%%r9,%%r9; add %%r9,%%rax; imul $32,%%r10,%%r10; add %%r10,%%rax\n"
			 "imul $64,%%r11,%%r11; add %%r11,%%rax; imul $128,%%r12,%%r12; add %%r12,%%rax\n"
			 "imul $256,%%r13,%%r13; add %%r13,%%rax; imul $512,%%r14,%%r14; add %%r14,%%rax\n"
			 "imul $1024,%%r15,%%r15; add %%r15,%%rax; mov %%rax,%0\n"
			 : "=m"(sum)
			 : "S"(in), "D"(out)
			 : "rax", "rbx", "rcx", "rdx", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "memory", "xmm0",
			   "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12",
			   "xmm13", "xmm14", "xmm15");
	return sum;
}

/* The upper halves of all 16 YMM registers, where the processor has them. */
__attribute__((target("avx"))) static void strain_upper_halves(const uint64_t *in, uint64_t *out)
{
	__asm__ volatile("vmovdqu 0(%0),%%ymm0; vmovdqu 32(%0),%%ymm7; vmovdqu 64(%0),%%ymm8; vmovdqu 96(%0),%%ymm15\n"
			 "mov $200000,%%rcx\n"
			 "1: dec %%rcx; jnz 1b\n"
			 "vmovdqu %%ymm0,0(%1); vmovdqu %%ymm7,32(%1); vmovdqu %%ymm8,64(%1); vmovdqu %%ymm15,96(%1)\n"
			 "vzeroupper\n"
			 :
			 : "S"(in), "D"(out)
			 : "rcx", "memory", "xmm0", "xmm7", "xmm8", "xmm15");
}

static void *compute(void *seed)
{
	uint64_t in[32], out[32], expected = 0;
	for (int i = 0; i < 32; i++)
		in[i] = word_of((uintptr_t)seed, i);
	for (int i = 0; i < 11; i++)
		expected += (uint64_t)(i + 1) << i;
	while (running()) {
		memset(out, 0, sizeof(out));
		uint64_t sum = strain_registers(in, out);
		EXPECT(sum == expected, "general registers changed: %lx, not %lx", sum, expected);
		EXPECT(!memcmp(in, out, sizeof(in)), "an XMM register changed");
		if (__builtin_cpu_supports("avx")) {
			strain_upper_halves(in, out);
			EXPECT(!memcmp(in, out, 128), "a YMM register changed");
		}
	}
	return 0;
}

static void *sleeps(void *argument)
{
	uint64_t us = (uintptr_t)argument;
	while (running()) {
		struct timespec t = {us / 1000000, us % 1000000 * 1000};
		uint64_t start = monotonic_us();
		int r = nanosleep(&t, 0);
		uint64_t took = monotonic_us() - start;
		EXPECT(r == 0, "nanosleep of %lu us: errno %d", us, errno);
		EXPECT(took >= us, "nanosleep of %lu us took %lu", us, took);
		add(&own[1], 1);
	}
	return 0;
}

static void *waits_for_futex(void *argument)
{
	(void)argument;
	uint32_t word = 1;
	while (running()) {
		struct timespec t = {0, 7000000};
		long r = syscall(SYS_futex, &word, FUTEX_WAIT, 1, &t, 0, 0);
		EXPECT(r == -1 && errno == ETIMEDOUT, "futex: %ld, errno %d", r, errno);
	}
	return 0;
}

static void *writes(void *argument)
{
	(void)argument;
	for (uint64_t i = 0; running(); i++) {
		EXPECT(write(full[1], &i, 8) == 8, "write: errno %d", errno);
		if (i % 64 == 0)
			nap();
	}
	close(full[1]);
	return 0;
}

static void *reads(void *argument)
{
	(void)argument;
	uint64_t i, expected = 0;
	while (read(full[0], &i, 8) == 8) {
		EXPECT(i == expected, "read %lu from the pipe, not %lu", i, expected);
		expected++;
	}
	return 0;
}

static void *polls(void *argument)
{
	(void)argument;
	while (running()) {
		struct pollfd p = {.fd = silent[0], .events = POLLIN};
		int r = poll(&p, 1, 9);
		EXPECT(r == 0, "poll: %d, errno %d", r, errno);
		sigset_t none;
		sigemptyset(&none);
		struct timespec t = {0, 9000000};
		r = ppoll(&p, 1, &t, &none);
		EXPECT(r == 0 || (r == -1 && errno == EINTR), "ppoll: %d, errno %d", r, errno);
	}
	return 0;
}

static void *asks(void *argument)
{
	(void)argument;
	long parent = getppid();
	while (running())
		EXPECT(syscall(SYS_getppid) == parent && syscall(SYS_gettid) == syscall(SYS_gettid), "getppid changed");
	return 0;
}

int main(int argc, char **argv)
{
	static void *(*const work[])(void *) = {compute, compute, sleeps, sleeps, waits_for_futex, writes, reads, polls, asks};
	static void *const argument[] = {(void *)1, (void *)2, (void *)3000, (void *)400000};
	pthread_t thread[9];
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
	sigset_t counted;
	if (argc < 2 || pipe(full) || pipe(silent))
		return 2;
	own = verdict_open(argv[1], PAGE);
	if (option(argc, argv, "ignore-sigtrap", 0))
		signal(SIGTRAP, SIG_IGN);
	/* Only the thread that polls takes the signal, and only inside ppoll: nobody else is to be disturbed. */
	sigaction(SIGRTMIN, &action, 0);
	sigemptyset(&counted);
	sigaddset(&counted, SIGRTMIN);
	sigprocmask(SIG_BLOCK, &counted, 0);
	for (int i = 0; i < 9; i++)
		pthread_create(&thread[i], 0, work[i], i < 4 ? argument[i] : 0);
	verdict->state = 1;
	for (int i = 0; i < 9; i++)
		pthread_join(thread[i], 0);
	struct sigaction trap;
	sigaction(SIGTRAP, 0, &trap);
	EXPECT((trap.sa_handler == SIG_IGN) == option(argc, argv, "ignore-sigtrap", 0), "SIGTRAP's action changed");
	verdict->state = 2;
	for (;;)
		pause();
}
