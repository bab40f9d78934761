/*
 * Two processes that share System V shared memory.
 *
 * usage: segments FILE [key=K]
 *   key   give the segment "lasting" a key
 * "marked" is marked for destruction and no whole number of pages, and what lies behind its end on its last page
 * is used, too: the parent writes, the child has it read-only. "lasting" goes only when it is removed; the parent
 * has it twice, once in pieces, and gives it away. After "go" each finds all of it, and what the other writes.
 */
#define _GNU_SOURCE
#include "verdict.h"
#include <sys/shm.h>
#include <sys/wait.h>

#define MUST(condition, ...)                        \
	do {                                        \
		add(&verdict->checks, 1);           \
		if (!(condition)) {                 \
			add(&verdict->failures, 1); \
			tell(__VA_ARGS__);          \
		}                                   \
	} while (0)

#define MARKED_PAGES 5ul
#define MARKED_BYTES (MARKED_PAGES * PAGE - 100)
#define LASTING_PAGES 700ul
#define OWNER 1234

static struct {
	int id;
	char *parents, *childs;
} marked, lasting;

static volatile uint64_t *steps; /* of the child, in its parent's view: 1 ready, 2 has looked, 3 has written */

static int segment(key_t key, size_t bytes, int mode)
{
	int id = shmget(key, bytes, IPC_CREAT | IPC_EXCL | mode);
	if (id < 0) {
		perror("shmget");
		exit(4);
	}
	return id;
}

static char *attach(int id, int flags)
{
	char *at = shmat(id, 0, flags);
	if (at == (char *)-1) {
		perror("shmat");
		exit(4);
	}
	return at;
}

static void check(const char *what, char *at, uint64_t pages, uint64_t tag)
{
	for (uint64_t i = 0; i < pages; i++) {
		uint64_t bad = bad_words(at + i * PAGE, tag + i);
		add(&verdict->bad_words, bad);
		MUST(!bad, "%s, page %lu: %lu wrong words", what, i, bad);
	}
}

static void fill(char *at, uint64_t pages, uint64_t tag)
{
	for (uint64_t i = 0; i < pages; i++)
		write_page(at + i * PAGE, tag + i);
}

static void await_step(uint64_t step)
{
	while (*steps < step)
		nap();
}

static void child(void)
{
	char *own = attach(marked.id, SHM_RDONLY);
	*steps = 1;
	while (verdict->command != 1)
		nap();
	check("the child's marked", own, MARKED_PAGES, 1 << 20);
	check("the child's lasting", lasting.childs, LASTING_PAGES, 2 << 20);
	MUST(mprotect(own, PAGE, PROT_READ | PROT_WRITE) && errno == EACCES, "read-only memory can be made writable");
	*steps = 2;
	await_step(3);
	check("what the parent has written", own, MARKED_PAGES, 3 << 20);
	MUST(!shmdt(own), "the child's shmdt: %s", strerror(errno));
	MUST(!shmdt(lasting.childs), "the child's second shmdt: %s", strerror(errno));
	exit(0);
}

static void check_marked(uint64_t attached)
{
	struct shmid_ds state;
	MUST(!shmctl(marked.id, IPC_STAT, &state), "marked: %s", strerror(errno));
	MUST(state.shm_perm.mode == (SHM_DEST | 0600), "marked has the mode %o", state.shm_perm.mode);
	MUST(state.shm_segsz == MARKED_BYTES, "marked has %zu bytes", state.shm_segsz);
	MUST(state.shm_nattch == attached, "marked is attached %lu times", state.shm_nattch);
}

static void check_lasting(uint64_t attached)
{
	struct shmid_ds state;
	MUST(!shmctl(lasting.id, IPC_STAT, &state), "lasting: %s", strerror(errno));
	MUST(state.shm_perm.mode == (SHM_LOCKED | 0640), "lasting has the mode %o", state.shm_perm.mode);
	MUST(state.shm_perm.uid == OWNER && state.shm_perm.gid == OWNER + 1, "lasting belongs to %u", state.shm_perm.uid);
	MUST(state.shm_perm.cuid == 0 && state.shm_perm.cgid == OWNER + 2, "lasting was made by %u and %u",
	     state.shm_perm.cuid, state.shm_perm.cgid);
	MUST(state.shm_nattch == attached, "lasting is attached %lu times", state.shm_nattch);
}

/* Each piece counts as an attachment. */
static void cut(char *at)
{
	mprotect(at + PAGE, PAGE, PROT_NONE);
	mprotect(at + 3 * PAGE, PAGE, PROT_READ);
}

static void check_pieces(char *at)
{
	MUST(!mprotect(at + PAGE, PAGE, PROT_READ | PROT_WRITE), "a piece is read-only for ever");
	check("pieces", at, LASTING_PAGES, 2 << 20);
	int ends[2];
	MUST(!pipe(ends) && write(ends[1], "x", 1) == 1, "pipe");
	MUST(read(ends[0], at + 3 * PAGE, 1) < 0 && errno == EFAULT, "a read-only piece was written");
	close(ends[0]);
	close(ends[1]);
}

static void make(key_t key)
{
	marked.id = segment(IPC_PRIVATE, MARKED_BYTES, 0600);
	marked.parents = attach(marked.id, 0);
	if (shmctl(marked.id, IPC_RMID, 0))
		exit(5);
	fill(marked.parents, MARKED_PAGES, 1 << 20);
	if (setegid(OWNER + 2))
		exit(5);
	lasting.id = segment(key, LASTING_PAGES * PAGE, 0600);
	if (setegid(0))
		exit(5);
	struct shmid_ds state = {.shm_perm = {.uid = OWNER, .gid = OWNER + 1, .mode = 0640}};
	if (shmctl(lasting.id, IPC_SET, &state) || shmctl(lasting.id, SHM_LOCK, 0))
		exit(5);
	lasting.parents = lasting.childs = attach(lasting.id, 0);
	fill(lasting.childs, LASTING_PAGES, 2 << 20);
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return 2;
	steps = verdict_open(argv[1], PAGE);
	*steps = 0;
	make(option(argc, argv, "key", IPC_PRIVATE));
	pid_t pid = fork();
	if (!pid)
		child();
	char *pieces = lasting.parents = attach(lasting.id, 0);
	cut(pieces);
	await_step(1);
	verdict->state = 1;
	while (verdict->command != 1)
		nap();
	await_step(2);
	check_marked(3);
	check_lasting(2 + 5);
	check("the parent's marked", marked.parents, MARKED_PAGES, 1 << 20);
	check_pieces(pieces);
	check("the parent's lasting", lasting.childs, LASTING_PAGES, 2 << 20);
	fill(marked.parents, MARKED_PAGES, 3 << 20);
	*steps = 3;
	int status;
	MUST(waitpid(pid, &status, 0) == pid && status == 0, "the child ended with %x", status);
	check_marked(1);
	MUST(!shmdt(marked.parents), "shmdt: %s", strerror(errno));
	struct shmid_ds state;
	MUST(shmctl(marked.id, IPC_STAT, &state), "marked was not destroyed");
	MUST(!shmdt(pieces) && !shmdt(lasting.childs), "shmdt: %s", strerror(errno));
	check_lasting(0);
	MUST(!shmctl(lasting.id, IPC_RMID, 0), "it can't be removed: %s", strerror(errno));
	verdict->state = 2;
	for (;;)
		pause();
}
