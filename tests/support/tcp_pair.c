#include "tests/support/tcp_pair.h"

#include <arpa/inet.h>
#include <string.h>
#include <unistd.h>

/* Room for both kinds of address, with the port at one place in both. */
union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static socklen_t fill(union address *a, const char *text)
{
	memset(a, 0, sizeof(*a));
	if (inet_pton(AF_INET, text, &a->v4.sin_addr) == 1) {
		a->any.sa_family = AF_INET;
		return sizeof(a->v4);
	}
	inet_pton(AF_INET6, text, &a->v6.sin6_addr);
	a->any.sa_family = AF_INET6;
	return sizeof(a->v6);
}

static int port_of(int fd)
{
	union address a;
	socklen_t n = sizeof(a);

	getsockname(fd, &a.any, &n);
	return ntohs(a.v4.sin_port);
}

bool tcp_pair_open(struct tcp_pair *p, const char *address)
{
	union address a;
	socklen_t n = fill(&a, address);
	int door = socket(a.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool well =
	    door >= 0 && bind(door, &a.any, n) == 0 && listen(door, 1) == 0;

	if (well) {
		p->server_port = port_of(door);
		a.v4.sin_port = htons((uint16_t)p->server_port);
		p->client =
		    socket(a.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
		well = connect(p->client, &a.any, n) == 0;
		p->server = accept(door, NULL, NULL);
		p->client_port = port_of(p->client);
	}
	if (door >= 0)
		close(door);
	return well && p->server >= 0;
}
