#include "base/netaddr.h"

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static bool is_metadata_v4(uint32_t ip)
{
	/* Alibaba's, Oracle's, Azure's. */
	static const uint32_t others[] = {0x646464c8, 0xc00000c0, 0xa83f8110};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		if (ip == others[i])
			return true;
	}
	return ip >> 16 == 0xa9fe; /* 169.254.0.0/16 */
}

/*
 * IPv6 addresses that stand for IPv4 ones: mapped and compatible (RFC 4291
 * 2.5.5), translated (RFC 2765 2.1, RFC 6052 2.1, RFC 8215), 6to4 (RFC 3056 2).
 */
static const struct embedding {
	unsigned char prefix[12];
	size_t nprefix; /* the IPv4 address follows */
} embeddings[] = {
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 12},
    {{0}, 12},
    {{0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0}, 12},
    {{0, 0x64, 0xff, 0x9b}, 12},
    {{0, 0x64, 0xff, 0x9b, 0, 1}, 12},
    {{0x20, 0x02}, 2},
};

static uint32_t v4_at(const unsigned char *b)
{
	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 |
	       (uint32_t)b[2] << 8 | b[3];
}

/* Teredo (RFC 4380 4): the client's address stands at the end, inverted. */
static bool is_metadata_teredo(const unsigned char *b)
{
	static const unsigned char prefix[] = {0x20, 0x01, 0, 0};

	return memcmp(b, prefix, sizeof(prefix)) == 0 &&
	       is_metadata_v4(~v4_at(b + 12));
}

static bool is_metadata_v6(const struct in6_addr *ip)
{
	const unsigned char *b = ip->s6_addr;

	for (size_t i = 0; i < sizeof(embeddings) / sizeof(embeddings[0]);
	     i++) {
		const struct embedding *x = &embeddings[i];

		if (memcmp(b, x->prefix, x->nprefix) == 0 &&
		    is_metadata_v4(v4_at(b + x->nprefix)))
			return true;
	}
	/* fe80::/10, and the metadata services at fd00:ec2::254 (Amazon) and
	 * fd20:ce::254 (Google). */
	return IN6_IS_ADDR_LINKLOCAL(ip) || is_metadata_teredo(b) ||
	       memcmp(b, "\xfd\0\x0e\xc2", 4) == 0 ||
	       memcmp(b, "\xfd\x20\0\xce", 4) == 0;
}

bool netaddr_is_metadata(const struct sockaddr *addr)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	if (addr->sa_family == AF_INET) {
		memcpy(&v4, addr, sizeof(v4));
		return is_metadata_v4(ntohl(v4.sin_addr.s_addr));
	}
	if (addr->sa_family != AF_INET6)
		return false;
	memcpy(&v6, addr, sizeof(v6));
	return is_metadata_v6(&v6.sin6_addr);
}
