/* Files, directories, devices, memfds; pipes and fifos. */
#ifndef FILES_PATHS_H
#define FILES_PATHS_H

#include "files.h"

#include <sys/file.h>

/* ---- regular files, directories, devices ---- */

static void open_regular(void)
{
	at(10, open("some", O_RDWR | O_CREAT | O_TRUNC, 0640));
	MUST(write(10, "0123456789", 10));
	MUST(lseek(10, 5, SEEK_SET));
	MUST(dup3(10, 13, O_CLOEXEC));
	at(14, open("some", O_RDONLY));
	MUST(lseek(14, 2, SEEK_SET));
	at(11, open("log", O_WRONLY | O_CREAT | O_APPEND | O_TRUNC, 0600));
	MUST(write(11, "one ", 4));
	MUST(mkdir("dir", 0700));
	for (int i = 0; i < 20; i++) {
		char name[32];
		snprintf(name, sizeof(name), "dir/entry%d", i);
		close(MUST(open(name, O_CREAT | O_WRONLY, 0600)));
	}
	at(12, open("dir", O_RDONLY | O_DIRECTORY));
	char entries[200];
	MUST(syscall(SYS_getdents64, 12, entries, sizeof(entries)));
	own->position = MUST(lseek(12, 0, SEEK_CUR));
	at(15, open("/dev/null", O_RDWR));
	at(16, open("/dev/zero", O_RDONLY));
	at(17, open("/dev/urandom", O_RDONLY));
	at(18, open("some", O_PATH));
	at(5000, open("some", O_RDONLY));
}

static void check_regular(void)
{
	EXPECT(lseek(10, 0, SEEK_CUR) == 5 && lseek(13, 0, SEEK_CUR) == 5 && lseek(14, 0, SEEK_CUR) == 2);
	EXPECT(is_shared(10, 13) && !is_shared(10, 14) && !is_shared(14, 5000));
	EXPECT(fcntl(10, F_GETFD) == 0 && fcntl(13, F_GETFD) == FD_CLOEXEC);
	EXPECT(flags_of(10) == O_RDWR && flags_of(14) == O_RDONLY && flags_of(11) == (O_WRONLY | O_APPEND));
	EXPECT(reads(10, "56789") && reads(14, "23456789") && reads(13, ""));
	EXPECT(lseek(11, 0, SEEK_SET) == 0 && writes(11, "two"));
	int log = open("log", O_RDONLY);
	EXPECT(reads(log, "one two"));
	close(log);
	EXPECT((uint64_t)lseek(12, 0, SEEK_CUR) == own->position);
	char buffer[64] = {1, 1, 1, 1};
	EXPECT(write(15, "x", 1) == 1 && read(15, buffer, 1) == 0);
	EXPECT(read(16, buffer, 4) == 4 && !buffer[0] && !buffer[3]);
	EXPECT(read(17, buffer, 64) == 64);
	EXPECT((flags_of(18) & O_PATH) && read(18, buffer, 1) < 0 && errno == EBADF);
	EXPECT(reads(5000, "0123456789"));
	EXPECT(fcntl(19, F_GETFD) < 0 && fcntl(3, F_GETFD) < 0);
}

/* ---- locks ---- */

static struct flock range_of(int type, off_t start, off_t length)
{
	return (struct flock){.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length};
}

static void open_locks(void)
{
	at(10, open("locked", O_RDWR | O_CREAT, 0600));
	at(11, open("locked-whole", O_RDWR | O_CREAT, 0600));
	at(12, open("locked-by-file", O_RDWR | O_CREAT, 0600));
	struct flock some = range_of(F_WRLCK, 5, 10), rest = range_of(F_RDLCK, 100, 0), file = range_of(F_WRLCK, 0, 7);
	MUST(fcntl(10, F_SETLK, &some));
	MUST(fcntl(10, F_SETLK, &rest));
	MUST(flock(11, LOCK_EX));
	MUST(dup2(11, 13));
	MUST(fcntl(12, F_OFD_SETLK, &file));
}

/* Whether somebody else, who wants to write and never closes what he has opened, finds a lock of that type and place. */
static int is_locked(const char *path, int type, off_t at, off_t start, off_t length)
{
	int fd = open(path, O_RDWR);
	struct flock wanted = range_of(F_WRLCK, at, 1);
	int found = !fcntl(fd, F_OFD_GETLK, &wanted) && wanted.l_type == type && wanted.l_start == start && wanted.l_len == length;
	return found;
}

static void check_locks(void)
{
	EXPECT(is_locked("locked", F_WRLCK, 5, 5, 10) && is_locked("locked", F_RDLCK, 200, 100, 0));
	EXPECT(is_locked("locked-by-file", F_WRLCK, 0, 0, 7));
	int other = open("locked-whole", O_RDWR);
	EXPECT(flock(other, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK);
	struct flock none = range_of(F_WRLCK, 50, 1);
	int fd = open("locked", O_RDWR);
	EXPECT(!fcntl(fd, F_OFD_GETLK, &none) && none.l_type == F_UNLCK);
	EXPECT(!flock(13, LOCK_UN) && !flock(other, LOCK_SH | LOCK_NB));
}

/* ---- memory ---- */

static void open_memory(void)
{
	at(10, memfd_create("of a name", MFD_ALLOW_SEALING));
	MUST(ftruncate(10, 3 * PAGE + 100));
	char page[PAGE];
	write_page(page, 7);
	MUST(pwrite(10, page, PAGE, PAGE));
	MUST(pwrite(10, "the end", 7, 3 * PAGE + 93));
	MUST(lseek(10, 3 * PAGE + 93, SEEK_SET));
	MUST(fchmod(10, 0600));
	at(11, open("/proc/self/fd/10", O_RDONLY));
	MUST(fcntl(10, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE));
	at(12, memfd_create("plain", 0));
	MUST(write(12, "plain", 5));
	at(13, memfd_create("empty", 0));
}

static void check_memory(void)
{
	char page[PAGE], link[64] = "";
	struct stat s;
	EXPECT(fstat(10, &s) == 0 && s.st_size == 3 * PAGE + 100 && (s.st_mode & 07777) == 0600);
	EXPECT(readlink("/proc/self/fd/10", link, 63) > 0 && !strcmp(link, "/memfd:of a name (deleted)"));
	EXPECT(pread(10, page, PAGE, PAGE) == PAGE && bad_words(page, 7) == 0);
	EXPECT(pread(10, page, PAGE, 0) == PAGE && !page[0] && !page[PAGE - 1]);
	EXPECT(reads(10, "the end") && flags_of(11) == O_RDONLY && lseek(11, 0, SEEK_CUR) == 0);
	struct stat other;
	EXPECT(fstat(11, &other) == 0 && other.st_ino == s.st_ino);
	EXPECT(fcntl(10, F_GET_SEALS) == (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE));
	EXPECT(write(10, "x", 1) < 0 && errno == EPERM && ftruncate(10, 0) < 0);
	EXPECT(fcntl(12, F_GET_SEALS) == F_SEAL_SEAL && writes(12, " more") && lseek(12, 0, SEEK_SET) == 0);
	EXPECT(reads(12, "plain more") && fstat(13, &s) == 0 && s.st_size == 0);
}

/* ---- pipes ---- */

static void open_pipes(void)
{
	int p[2];
	MUST(pipe(p));
	at(30, p[0]), at(31, p[1]);
	MUST(write(31, "in the pipe", 11));
	MUST(fcntl(31, F_SETPIPE_SZ, 1 << 17));
	MUST(fcntl(30, F_SETFL, O_NONBLOCK));
	MUST(dup2(31, 20));
	at(21, open("/proc/self/fd/31", O_WRONLY | O_NONBLOCK));
	at(22, open("/proc/self/fd/31", O_RDWR));

	MUST(pipe(p));
	at(32, p[0]), at(33, p[1]);
	MUST(fcntl(33, F_SETFL, O_NONBLOCK));
	for (uint64_t i = 0, word; word = mix(i), write(33, &word, 8) == 8; i++)
		;
	MUST(pipe(p));
	at(34, p[0]);
	MUST(write(p[1], "the last", 8));
	close(p[1]);
	MUST(pipe(p));
	at(35, p[1]);
	close(p[0]);
}

static void check_pipes(void)
{
	EXPECT(fcntl(30, F_GETPIPE_SZ) == 1 << 17 && fcntl(31, F_GETPIPE_SZ) == 1 << 17);
	EXPECT(flags_of(30) == O_NONBLOCK && flags_of(31) == O_WRONLY);
	EXPECT(flags_of(21) == (O_WRONLY | O_NONBLOCK) && flags_of(22) == O_RDWR);
	EXPECT(is_shared(31, 20) && !is_shared(31, 21));
	EXPECT(reads(30, "in the pipe") && is_empty(30));
	EXPECT(writes(20, "a") && writes(21, "b") && writes(22, "c") && reads(22, "abc") && is_empty(30));
	uint64_t word, i = 0;
	EXPECT(write(33, "x", 1) < 0 && errno == EAGAIN);
	while (!is_empty(32) && read(32, &word, 8) == 8 && word == mix(i))
		i++;
	EXPECT(i == 65536 / 8);
	EXPECT(reads(34, "the last") && reads(34, ""));
	signal(SIGPIPE, SIG_IGN);
	EXPECT(write(35, "x", 1) < 0 && errno == EPIPE);
}

static void open_fifos(void)
{
	MUST(mkfifo("fifo", 0600));
	at(10, open("fifo", O_RDONLY | O_NONBLOCK));
	at(11, open("fifo", O_WRONLY));
	MUST(fcntl(11, F_SETFD, FD_CLOEXEC));
	MUST(write(11, "in the fifo", 11));
	MUST(mkfifo("other", 0622));
	at(12, open("other", O_RDWR));
	MUST(dup2(12, 13));
	MUST(write(12, "of the other", 12));
}

static void check_fifos(void)
{
	EXPECT(flags_of(10) == O_NONBLOCK && flags_of(11) == O_WRONLY && flags_of(12) == O_RDWR);
	EXPECT(fcntl(11, F_GETFD) == FD_CLOEXEC && is_shared(12, 13));
	EXPECT(reads(10, "in the fifo") && writes(11, "more") && reads(10, "more"));
	EXPECT(reads(13, "of the other") && is_empty(12));
	close(11);
	EXPECT(reads(10, ""));
}

#endif
