/* What the kernel says of a client's connection. */
#include "io/peer.h"

#include <stdio.h>
#include <unistd.h>

#include "tests/support/tap.h"
#include "tests/support/tcp_pair.h"

static struct peer peer_at(const char *server, int server_port,
			   const char *client, int client_port)
{
	char ports[2][16];
	struct peer p;

	snprintf(ports[0], sizeof(ports[0]), "%d", server_port);
	snprintf(ports[1], sizeof(ports[1]), "%d", client_port);
	peer_read(&p, str_of(server), str_of(ports[0]), str_of(client),
		  str_of(ports[1]));
	return p;
}

/* shown: how the web server writes the address. */
static void test_departure(const char *address, const char *shown)
{
	struct tcp_pair t;
	struct peer p, late;

	if (!tcp_pair_open(&t, address)) {
		ok(true, "# SKIP no %s here", address);
		return;
	}
	p = peer_at(shown, t.server_port, shown, t.client_port);
	late = p;
	ok(p.family, "%s: understood", shown);
	ok(!peer_left(&p) && p.seen, "%s: there", shown);
	ok(!peer_left(&p), "%s: still there", shown);
	close(t.client);
	ok(peer_left(&p), "%s: left", shown);
	ok(peer_left(&late), "%s: left before it was first asked for", shown);
	close(t.server);
	ok(peer_left(&p), "%s: the web server closed too", shown);
}

static void test_stranger(void)
{
	struct tcp_pair t;
	struct peer p;

	if (!tcp_pair_open(&t, "127.0.0.1"))
		return;
	/* A proxy's header has taken the place of the client's address. */
	p = peer_at("127.0.0.1", t.server_port, "192.0.2.7", t.client_port);
	ok(p.family && !peer_left(&p) && !p.family, "never seen: not gone");
	p = peer_at("127.0.0.1", t.client_port, "127.0.0.1", t.server_port);
	ok(!peer_left(&p), "the client's own end is there as well");
	close(t.client);
	close(t.server);
}

static void test_nonsense(void)
{
	static const struct {
		const char *server, *server_port, *client, *client_port;
	} rows[] = {
	    {"", "", "", ""},
	    {"127.0.0.1", "80", "127.0.0.1", ""},
	    {"127.0.0.1", "80", "127.0.0.1", "0"},
	    {"127.0.0.1", "80", "127.0.0.1", "65536"},
	    {"127.0.0.1", "80", "127.0.0.1", "80x"},
	    {"127.0.0.1", "-1", "127.0.0.1", "80"},
	    {"::1", "80", "127.0.0.1", "81"},
	    {"localhost", "80", "127.0.0.1", "81"},
	    {"[", "80", "]", "81"},
	    {"[]", "80", "[]", "81"},
	    {"127.0.0.1.127.0.0.1.127.0.0.1.127.0.0.1.127.0.0.1.127.0.0.1",
	     "80", "127.0.0.1", "81"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct peer p;

		peer_read(&p, str_of(rows[i].server),
			  str_of(rows[i].server_port), str_of(rows[i].client),
			  str_of(rows[i].client_port));
		ok(!p.family && !peer_left(&p), "no connection: row %zu", i);
	}
}

int main(void)
{
	test_departure("127.0.0.1", "127.0.0.1");
	test_departure("127.0.0.1", "::ffff:127.0.0.1");
	test_departure("::1", "::1");
	test_departure("::1", "[::1]");
	test_stranger();
	test_nonsense();
	return done_testing();
}
