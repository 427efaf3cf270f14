/*
 * Whether a client is still there, asked of the kernel.  A web server that
 * waits for the head of an answer does not look at its client, so the relay
 * would learn of a departure only once it writes.  The web server runs on this
 * host, and the parameters name both ends of the client's TCP connection: Linux
 * tells the state of such a pair to anybody (sock_diag(7)).
 *
 * A client that shut its sending side down after the request counts as gone, as
 * it does for lighttpd and nginx.
 */
#ifndef IO_PEER_H
#define IO_PEER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

struct peer {
	uint8_t family;			   /* AF_INET, AF_INET6, 0: none */
	uint16_t server_port, client_port; /* network byte order */
	uint8_t server_addr[16], client_addr[16]; /* likewise */
	bool seen; /* it was found: its absence means something */
};

/* From CGI parameters; without sense in any of them p->family is 0, and the
 * client counts as present. */
void peer_read(struct peer *p, struct str server_addr, struct str server_port,
	       struct str client_addr, struct str client_port);
/* Some microseconds; from any thread.  When the kernel does not tell, or knows
 * no such connection at the first question (an address was rewritten on the
 * way), family becomes 0. */
bool peer_left(struct peer *p);

#endif
