/* Names that mean a metadata service once they are looked up: whatever was
 * checked before, no connection is made to it.  This program answers for the
 * resolver, and sees each connect(2). */
#include "tests/support/tap.h"

#include <netdb.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/netaddr.h"
#include "tests/support/io_get.h"

static struct get_rig rig;
static atomic_int connections, forbidden;

/* Addresses of a name, in order. */
static const struct {
	const char *name;
	unsigned char ip[2][16];
	int bytes[2]; /* of each; 0: none */
} names[] = {
    {"good.example", {{127, 0, 0, 1}}, {4}},
    {"evil4.example", {{169, 254, 169, 254}}, {4}},
    {"tasks.example", {{169, 254, 170, 2}}, {4}},
    {"local6.example", {{0xfe, 0x80, [15] = 1}}, {16}},
    {"amazon6.example", {{0xfd, 0, 0x0e, 0xc2, [14] = 2, [15] = 0x54}}, {16}},
    {"mapped.example", {{[10] = 0xff, [11] = 0xff, 169, 254, 169, 254}}, {16}},
    {"alibaba.example", {{100, 100, 100, 200}}, {4}},
    {"both.example", {{169, 254, 169, 254}, {127, 0, 0, 1}}, {4, 4}},
};

static void fill(struct addrinfo *a, const unsigned char *ip, int bytes,
		 const char *service)
{
	int64_t port = 0;
	struct sockaddr_in v4 = {.sin_family = AF_INET};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};

	if (service)
		str_to_i64(str_of(service), 1, 65535, &port);
	v4.sin_port = v6.sin6_port = htons((uint16_t)port);
	a->ai_socktype = SOCK_STREAM;
	a->ai_protocol = IPPROTO_TCP;
	a->ai_addr = mem_zalloc(sizeof(v6));
	if (bytes == 4) {
		memcpy(&v4.sin_addr, ip, 4);
		memcpy(a->ai_addr, &v4, sizeof(v4));
		a->ai_addrlen = sizeof(v4);
	} else {
		memcpy(&v6.sin6_addr, ip, 16);
		memcpy(a->ai_addr, &v6, sizeof(v6));
		a->ai_addrlen = sizeof(v6);
	}
	a->ai_family = a->ai_addr->sa_family;
}

/* In the place of the C library's. */
int getaddrinfo(const char *node, const char *service,
		const struct addrinfo *hints, struct addrinfo **out)
{
	struct addrinfo **end = out;

	(void)hints;
	*out = NULL;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!node || strcmp(names[i].name, node) != 0)
			continue;
		for (size_t k = 0; k < 2 && names[i].bytes[k]; k++) {
			*end = mem_zalloc(sizeof(**end));
			fill(*end, names[i].ip[k], names[i].bytes[k], service);
			end = &(*end)->ai_next;
		}
	}
	return *out ? 0 : EAI_NONAME;
}

void freeaddrinfo(struct addrinfo *a)
{
	while (a) {
		struct addrinfo *next = a->ai_next;

		mem_free(a->ai_addr);
		mem_free(a);
		a = next;
	}
}

int connect(int fd, const struct sockaddr *addr, socklen_t n)
{
	if (addr->sa_family == AF_INET || addr->sa_family == AF_INET6)
		connections++;
	if (netaddr_is_metadata(addr))
		forbidden++;
	return (int)syscall(SYS_connect, fd, addr, n);
}

static void ends(const char *name, enum transfer_end end)
{
	struct get g;

	get_init(&g, &rig, "/gzip");
	snprintf(g.url, sizeof(g.url), "http://%s:%d/gzip", name,
		 io_server_port(rig.server));
	get_run(&g);
	is_int(g.end, end, "%s: %s", name, g.detail);
	get_release(&g);
}

/* Through a proxy of that name, too. */
static void proxy_ends(const char *name, enum transfer_end end)
{
	char proxy[100];
	struct get g;

	snprintf(proxy, sizeof(proxy), "http://%s:%d", name,
		 io_server_port(rig.server));
	get_init(&g, &rig, "/gzip");
	g.spec.proxy = proxy;
	get_run(&g);
	is_int(g.end, end, "proxy %s: %s", name, g.detail);
	get_release(&g);
}

int main(void)
{
	get_rig_init(&rig);
	ends("good.example", TRANSFER_OK);
	ok(connections > 0, "connections are seen");
	ends("both.example", TRANSFER_OK);
	ends("unknown.example", TRANSFER_DNS);
	for (size_t i = 1; i < sizeof(names) / sizeof(names[0]) - 1; i++) {
		ends(names[i].name, TRANSFER_REFUSED);
		proxy_ends(names[i].name, TRANSFER_REFUSED);
	}
	is_int(forbidden, 0, "none was made to where credentials are");
	get_rig_release(&rig);
	return done_testing();
}
