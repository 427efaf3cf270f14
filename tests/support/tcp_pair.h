/* A TCP connection of a client with a web server, both ends held by the test.
 */
#ifndef SUPPORT_TCP_PAIR_H
#define SUPPORT_TCP_PAIR_H

#include <stdbool.h>

struct tcp_pair {
	int client, server;	      /* descriptors, the caller's to close */
	int client_port, server_port; /* host byte order */
};

/* At a loopback address of IPv4 or IPv6; false where the host has none. */
bool tcp_pair_open(struct tcp_pair *p, const char *address);

#endif
