#include "io/peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MAPPED_PREFIX = 12, ANSWER_BYTES = 1024 };

/* ::ffff:1.2.3.4 is how a socket for both families shows an IPv4 client. */
static int read_address(struct str text, uint8_t addr[16])
{
	static const uint8_t mapped[MAPPED_PREFIX] = {[10] = 0xff, [11] = 0xff};
	char copy[INET6_ADDRSTRLEN];

	if (text.n >= 2 && text.p[0] == '[' && text.p[text.n - 1] == ']')
		text = str_sub(text, 1, text.n - 1);
	if (text.n == 0 || text.n >= sizeof(copy))
		return 0;
	str_put(copy, sizeof(copy), text);
	memset(addr, 0, 16);
	if (inet_pton(AF_INET, copy, addr) == 1)
		return AF_INET;
	if (inet_pton(AF_INET6, copy, addr) != 1)
		return 0;
	if (memcmp(addr, mapped, MAPPED_PREFIX) != 0)
		return AF_INET6;
	memmove(addr, addr + MAPPED_PREFIX, 4);
	memset(addr + 4, 0, 12);
	return AF_INET;
}

static uint16_t read_port(struct str text)
{
	int64_t port;

	if (str_to_i64(text, 1, UINT16_MAX, &port) < 0)
		return 0;
	return htons((uint16_t)port);
}

void peer_read(struct peer *p, struct str server_addr, struct str server_port,
	       struct str client_addr, struct str client_port)
{
	int family = read_address(client_addr, p->client_addr);

	p->seen = false;
	p->server_port = read_port(server_port);
	p->client_port = read_port(client_port);
	if (read_address(server_addr, p->server_addr) != family ||
	    !p->server_port || !p->client_port)
		family = 0;
	p->family = (uint8_t)family;
}

static int send_question(int fd, const struct peer *p)
{
	struct {
		struct nlmsghdr head;
		struct inet_diag_req_v2 ask;
	} q = {
	    .head = {.nlmsg_len = sizeof(q),
		     .nlmsg_type = SOCK_DIAG_BY_FAMILY,
		     .nlmsg_flags = NLM_F_REQUEST},
	    .ask = {.sdiag_family = p->family,
		    .sdiag_protocol = IPPROTO_TCP,
		    .idiag_states = UINT32_MAX,
		    .id = {.idiag_sport = p->server_port,
			   .idiag_dport = p->client_port,
			   .idiag_cookie = {INET_DIAG_NOCOOKIE,
					    INET_DIAG_NOCOOKIE}}},
	};

	memcpy(q.ask.id.idiag_src, p->server_addr, 16);
	memcpy(q.ask.id.idiag_dst, p->client_addr, 16);
	return send(fd, &q, sizeof(q), 0) == (ssize_t)sizeof(q) ? 0 : -1;
}

/* The TCP state, 0 for no such connection, -1 when it cannot be told. */
static int read_state(int fd)
{
	_Alignas(struct nlmsghdr) char bytes[ANSWER_BYTES];
	const struct nlmsghdr *head = (const struct nlmsghdr *)bytes;
	/* The kernel has answered before send() returned. */
	ssize_t n = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);

	if (n < 0 || !NLMSG_OK(head, (size_t)n))
		return -1;
	if (head->nlmsg_type == NLMSG_ERROR) {
		const struct nlmsgerr *refusal = NLMSG_DATA(head);

		if (head->nlmsg_len < NLMSG_LENGTH(sizeof(*refusal)))
			return -1;
		return refusal->error == -ENOENT ? 0 : -1;
	}
	if (head->nlmsg_type != SOCK_DIAG_BY_FAMILY ||
	    head->nlmsg_len < NLMSG_LENGTH(sizeof(struct inet_diag_msg)))
		return -1;
	return ((const struct inet_diag_msg *)NLMSG_DATA(head))->idiag_state;
}

static int ask_kernel(const struct peer *p)
{
	int fd =
	    socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	int state = -1;

	if (fd < 0)
		return -1;
	if (send_question(fd, p) == 0)
		state = read_state(fd);
	close(fd);
	return state;
}

bool peer_left(struct peer *p)
{
	int state;

	if (!p->family)
		return false;
	state = ask_kernel(p);
	if (state < 0) {
		/* Out of descriptors passes; a kernel without it does not. */
		if (errno != EMFILE && errno != ENFILE)
			p->family = 0;
		return false;
	}
	if (state == 0) {
		if (!p->seen)
			p->family = 0;
		return p->seen;
	}
	p->seen = true;
	return state != TCP_ESTABLISHED;
}
