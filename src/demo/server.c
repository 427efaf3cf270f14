#include "demo/server.h"

#include <stdlib.h>

enum { BACKLOG = 4096, WIRE_BYTES = 192 * 1024 * 1024 };

static int fail(struct err *e, const char *what, int status)
{
	return err_set(e, ERR_INTERNAL, "%s: %s", what, uv_strerror(status));
}

static void on_connection(uv_stream_t *listener, int status)
{
	if (status == 0)
		conn_accept(listener->loop->data);
}

static void close_handle(uv_handle_t *h, void *unused)
{
	(void)unused;
	if (uv_is_closing(h))
		return;
	if (h->type == UV_TCP && h->data)
		conn_close(h);
	else if (h->type != UV_TIMER)
		uv_close(h, NULL);
}

static void on_signal(uv_signal_t *h, int number)
{
	(void)number;
	uv_walk(h->loop, close_handle, NULL);
}

/* "HOST:PORT", the host an address; IPv6 in brackets. */
static int parse_address(const char *text, struct sockaddr_storage *out,
			 struct err *e)
{
	struct str whole = str_of(text), host = whole;
	char name[64];
	int64_t port = -1;
	size_t colon = whole.n;

	while (colon && text[colon - 1] != ':')
		colon--;
	if (colon == 0 ||
	    str_to_i64(str_sub(whole, colon, whole.n), 0, 65535, &port) < 0)
		return err_set(e, ERR_BAD_REQUEST, "%s: not HOST:PORT", text);
	host = str_sub(whole, 0, colon - 1);
	if (str_starts(host, STR("[")) && str_ends(host, STR("]")))
		host = str_sub(host, 1, host.n - 1);
	if (host.n >= sizeof(name))
		return err_set(e, ERR_BAD_REQUEST, "%s: no address", text);
	for (size_t i = 0; i <= host.n; i++)
		name[i] = i < host.n ? host.p[i] : '\0';
	if (uv_ip4_addr(name, (int)port, (struct sockaddr_in *)out) < 0 &&
	    uv_ip6_addr(name, (int)port, (struct sockaddr_in6 *)out) < 0)
		return err_set(e, ERR_BAD_REQUEST, "%s: no address", text);
	return 0;
}

static int start_listening(struct server *s,
			   const struct sockaddr_storage *address)
{
	int rc = uv_tcp_bind(&s->listener, (const struct sockaddr *)address, 0);

	return rc < 0 ? rc
		      : uv_listen((uv_stream_t *)&s->listener, BACKLOG,
				  on_connection);
}

static int bound_port(struct server *s)
{
	struct sockaddr_storage name;
	int n = sizeof(name);

	if (uv_tcp_getsockname(&s->listener, (struct sockaddr *)&name, &n) < 0)
		return 0;
	if (name.ss_family == AF_INET6)
		return ntohs(((struct sockaddr_in6 *)&name)->sin6_port);
	return ntohs(((struct sockaddr_in *)&name)->sin_port);
}

int server_init(struct server *s, struct demo *d, const char *address,
		int *port, struct err *e)
{
	struct sockaddr_storage where = {0};
	int rc;

	if (parse_address(address, &where, e) < 0)
		return -1;
	s->demo = d;
	buf_init(&s->wire, WIRE_BYTES);
	buf_init(&s->frame, WIRE_BYTES);
	rc = uv_loop_init(&s->loop);
	if (rc < 0)
		return fail(e, "event loop", rc);
	s->loop.data = s;
	uv_tcp_init(&s->loop, &s->listener);
	uv_signal_init(&s->loop, &s->sigterm);
	uv_signal_init(&s->loop, &s->sigint);
	rc = start_listening(s, &where);
	if (rc == 0)
		rc = uv_signal_start(&s->sigterm, on_signal, SIGTERM);
	if (rc == 0)
		rc = uv_signal_start(&s->sigint, on_signal, SIGINT);
	if (rc < 0) {
		server_release(s);
		return fail(e, address, rc);
	}
	*port = bound_port(s);
	return 0;
}

int server_run(struct server *s, struct err *e)
{
	int rc = uv_run(&s->loop, UV_RUN_DEFAULT);

	return rc < 0 ? fail(e, "event loop", rc) : 0;
}

void server_release(struct server *s)
{
	uv_walk(&s->loop, close_handle, NULL);
	uv_run(&s->loop, UV_RUN_DEFAULT);
	uv_loop_close(&s->loop);
	filler_release(&s->demo->filler);
	buf_release(&s->wire);
	buf_release(&s->frame);
}
