/* Sockets. */
#ifndef FILES_SOCKETS_H
#define FILES_SOCKETS_H

#include "files.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/un.h>

/* ---- unix sockets ---- */

static struct sockaddr_un *unix_address(const char *name, socklen_t *length)
{
	static struct sockaddr_un a;
	memset(&a, 0, sizeof(a));
	a.sun_family = AF_UNIX;
	if (*name == '@') {
		strcpy(a.sun_path + 1, name + 1);
		*length = offsetof(struct sockaddr_un, sun_path) + strlen(name);
	} else {
		strcat(strcat(strcpy(a.sun_path, directory), "/"), name);
		*length = offsetof(struct sockaddr_un, sun_path) + strlen(a.sun_path) + 1;
	}
	return &a;
}

static char *abstract(void)
{
	static char name[64];
	snprintf(name, sizeof(name), "@criu-lazy files %llu", (unsigned long long)own->pid);
	return name;
}

static void pair(int type, int one, int other)
{
	int p[2];
	MUST(socketpair(AF_UNIX, type, 0, p));
	/* not a number of the pair itself */
	int a = MUST(fcntl(p[0], F_DUPFD, 100)), b = MUST(fcntl(p[1], F_DUPFD, 100));
	close(p[0]), close(p[1]);
	at(one, a), at(other, b);
}

static void open_unix(void)
{
	socklen_t length;
	pair(SOCK_STREAM, 10, 11);
	char page[PAGE];
	write_page(page, 9);
	for (int i = 0; i < 25; i++)
		MUST(send(10, page, PAGE, 0));
	MUST(send(11, "back", 4, 0));
	MUST(fcntl(11, F_SETFL, O_NONBLOCK));
	MUST(dup2(11, 9));
	pair(SOCK_DGRAM, 12, 13);
	MUST(send(12, "first", 5, 0)), MUST(send(12, "second", 6, 0)); /* criu loses what is behind an empty one */
	pair(SOCK_SEQPACKET, 14, 15);
	MUST(send(15, "packet", 6, 0)), MUST(send(15, "s", 1, 0));
	MUST(shutdown(15, SHUT_WR));
	pair(SOCK_STREAM, 16, 17);
	MUST(send(17, "farewell", 8, 0));
	close(17);
	int on = 1, size = 50000;
	struct timeval timeout = {5, 250000};
	MUST(setsockopt(12, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)));
	MUST(setsockopt(12, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)));
	MUST(setsockopt(12, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)));

	struct sockaddr_un *a = unix_address("listener", &length);
	at(20, socket(AF_UNIX, SOCK_STREAM, 0));
	MUST(bind(20, (void *)a, length));
	MUST(chmod(a->sun_path, 0604));
	MUST(listen(20, 7));
	at(21, socket(AF_UNIX, SOCK_SEQPACKET, 0));
	a = unix_address(abstract(), &length);
	MUST(bind(21, (void *)a, length));
	MUST(listen(21, 3));
	at(22, socket(AF_UNIX, SOCK_DGRAM, 0));
	a = unix_address("letterbox", &length);
	MUST(bind(22, (void *)a, length));
	at(23, socket(AF_UNIX, SOCK_DGRAM, 0));
	MUST(connect(23, (void *)a, length));
	at(24, socket(AF_UNIX, SOCK_STREAM, 0));
}

static void check_unix(void)
{
	char page[PAGE];
	socklen_t length;
	int whole = 1;
	for (int i = 0; i < 25; i++)
		whole &= recv(11, page, PAGE, MSG_WAITALL) == PAGE && !bad_words(page, 9);
	EXPECT(whole && is_empty(11) && is_shared(11, 9) && flags_of(11) == (O_RDWR | O_NONBLOCK));
	EXPECT(reads(10, "back") && writes(10, "again") && reads(9, "again"));
	struct ucred c;
	length = sizeof(c);
	EXPECT(getsockopt(10, SOL_SOCKET, SO_PEERCRED, &c, &length) == 0 && (uint64_t)c.pid == own->pid);
	EXPECT(reads(13, "first") && reads(13, "second") && is_empty(13));
	EXPECT(writes(13, "answer") && reads(12, "answer"));
	int value = 0;
	struct timeval timeout;
	length = sizeof(value);
	EXPECT(getsockopt(12, SOL_SOCKET, SO_PASSCRED, &value, &length) == 0 && value == 1);
	EXPECT(getsockopt(13, SOL_SOCKET, SO_PASSCRED, &value, &length) == 0 && value == 0);
	EXPECT(getsockopt(12, SOL_SOCKET, SO_SNDBUF, &value, &length) == 0 && value == 100000);
	length = sizeof(timeout);
	EXPECT(getsockopt(12, SOL_SOCKET, SO_RCVTIMEO, &timeout, &length) == 0 && timeout.tv_sec == 5);
	EXPECT(timeout.tv_usec == 252000 || timeout.tv_usec == 250000);
	EXPECT(reads(14, "packet") && reads(14, "s") && reads(14, "") && writes(14, "still"));
	EXPECT(reads(15, "still") && send(15, "x", 1, MSG_NOSIGNAL) < 0 && errno == EPIPE);
	EXPECT(reads(16, "farewell") && reads(16, "") && send(16, "x", 1, MSG_NOSIGNAL) < 0 && errno == EPIPE);

	struct sockaddr_un *a = unix_address("listener", &length);
	struct stat s;
	EXPECT(stat(a->sun_path, &s) == 0 && S_ISSOCK(s.st_mode) && (s.st_mode & 0777) == 0604);
	int client = socket(AF_UNIX, SOCK_STREAM, 0);
	EXPECT(connect(client, (void *)a, length) == 0);
	int served = accept(20, 0, 0);
	EXPECT(served >= 0 && writes(client, "hello") && reads(served, "hello"));
	a = unix_address(abstract(), &length);
	int other = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	EXPECT(connect(other, (void *)a, length) == 0 && accept(21, 0, 0) >= 0);
	EXPECT(writes(23, "a letter") && reads(22, "a letter") && is_empty(22));
	a = unix_address("listener", &length);
	EXPECT(connect(24, (void *)a, length) == 0 && accept(20, 0, 0) >= 0);
}

/* ---- internet ---- */

static int get(int fd, int level, int name)
{
	int value = -1;
	socklen_t length = sizeof(value);
	return getsockopt(fd, level, name, &value, &length) ? -1 : value;
}

static void set(int fd, int level, int name, int value)
{
	MUST(setsockopt(fd, level, name, &value, sizeof(value)));
}

static unsigned port_of(int fd, int peer)
{
	struct sockaddr_in6 a = {0};
	socklen_t length = sizeof(a);
	if (peer ? getpeername(fd, (void *)&a, &length) : getsockname(fd, (void *)&a, &length))
		return 0;
	return ntohs(a.sin6_port); /* at the same place in both families */
}

static void open_inet(void)
{
	struct sockaddr_in four = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	at(10, socket(AF_INET, SOCK_STREAM, 0));
	set(10, SOL_SOCKET, SO_REUSEADDR, 1);
	set(10, SOL_SOCKET, SO_KEEPALIVE, 1);
	set(10, IPPROTO_TCP, TCP_NODELAY, 1);
	set(10, IPPROTO_TCP, TCP_KEEPIDLE, 77);
	MUST(bind(10, (void *)&four, sizeof(four)));
	MUST(listen(10, 11));
	MUST(fcntl(10, F_SETFL, O_NONBLOCK));
	own->ports[0] = port_of(10, 0);
	at(11, socket(AF_INET6, SOCK_STREAM, 0));
	set(11, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	six.sin6_port = htons(own->ports[0]);
	MUST(bind(11, (void *)&six, sizeof(six)));
	MUST(listen(11, 5));
	own->ports[1] = port_of(11, 0);
	at(12, socket(AF_INET, SOCK_DGRAM, 0));
	MUST(bind(12, (void *)&four, sizeof(four)));
	own->ports[2] = port_of(12, 0);
	at(13, socket(AF_INET, SOCK_DGRAM, 0));
	four.sin_port = htons(own->ports[2]);
	MUST(connect(13, (void *)&four, sizeof(four)));
	set(13, SOL_SOCKET, SO_BROADCAST, 1);
	own->ports[3] = port_of(13, 0);
	at(14, socket(AF_INET, SOCK_STREAM, 0));
	set(14, SOL_SOCKET, SO_SNDBUF, 40000);
}

static int accepts(int listener, int family, unsigned port)
{
	struct sockaddr_in four = {AF_INET, htons(port), {htonl(INADDR_LOOPBACK)}, {0}};
	struct sockaddr_in6 six = {AF_INET6, htons(port), 0, IN6ADDR_LOOPBACK_INIT, 0};
	int client = socket(family, SOCK_STREAM, 0);
	int refused = family == AF_INET ? connect(client, (void *)&four, sizeof(four))
					: connect(client, (void *)&six, sizeof(six));
	int served = refused ? -1 : accept(listener, 0, 0);
	int good = served >= 0 && writes(client, "hello") && reads(served, "hello");
	close(served), close(client);
	return good;
}

static void check_inet(void)
{
	EXPECT(port_of(10, 0) == own->ports[0] && port_of(11, 0) == own->ports[1]);
	EXPECT(get(10, SOL_SOCKET, SO_ACCEPTCONN) == 1 && get(10, SOL_SOCKET, SO_REUSEADDR) == 1);
	EXPECT(get(11, SOL_SOCKET, SO_REUSEADDR) == 0 && get(11, IPPROTO_IPV6, IPV6_V6ONLY) == 1);
	EXPECT(get(10, SOL_SOCKET, SO_KEEPALIVE) == 1 && get(10, IPPROTO_TCP, TCP_KEEPIDLE) == 77);
	EXPECT(get(10, IPPROTO_TCP, TCP_NODELAY) == 1 && flags_of(10) == (O_RDWR | O_NONBLOCK));
	EXPECT(accepts(10, AF_INET, own->ports[0]) && accepts(11, AF_INET6, own->ports[1]));
	EXPECT(port_of(12, 0) == own->ports[2] && port_of(13, 0) == own->ports[3]);
	EXPECT(port_of(13, 1) == own->ports[2] && get(13, SOL_SOCKET, SO_BROADCAST) == 1);
	EXPECT(writes(13, "datagram") && reads(12, "datagram"));
	EXPECT(port_of(14, 0) == 0 && get(14, SOL_SOCKET, SO_SNDBUF) == 80000);
	struct sockaddr_in four = {AF_INET, htons(own->ports[0]), {htonl(INADDR_LOOPBACK)}, {0}};
	EXPECT(connect(14, (void *)&four, sizeof(four)) == 0);
}

#endif
