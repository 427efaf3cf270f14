#include "io/conn_idle.h"

#include <string.h>
#include <sys/socket.h>

#include "base/mem.h"

void conn_idle_init(struct conn_idle *c, uv_loop_t *uv)
{
	memset(c, 0, sizeof(*c));
	uv_timer_init(uv, &c->timer);
	uv_unref((uv_handle_t *)&c->timer);
	c->timer.data = c;
}

void conn_idle_release(struct conn_idle *c)
{
	mem_free(c->in_use);
	c->in_use = NULL;
	c->nin_use = c->n = 0;
}

static void remove_at(struct conn_idle *c, size_t i)
{
	c->n--;
	memmove(&c->conn[i], &c->conn[i + 1], (c->n - i) * sizeof(c->conn[0]));
}

static void forget(struct conn_idle *c, int fd)
{
	for (size_t i = 0; i < c->n; i++) {
		if (c->conn[i].fd == fd) {
			remove_at(c, i);
			return;
		}
	}
}

void conn_idle_used(struct conn_idle *c, int fd)
{
	size_t n = (size_t)fd;

	if (n >= c->nin_use) {
		size_t size = (n + 256) / 256 * 256 + 256;

		c->in_use = mem_realloc(c->in_use, size);
		memset(c->in_use + c->nin_use, 0, size - c->nin_use);
		c->nin_use = size;
	}
	c->in_use[n] = 1;
	forget(c, fd);
}

void conn_idle_unused(struct conn_idle *c, int fd)
{
	if ((size_t)fd < c->nin_use)
		c->in_use[fd] = 0;
}

void conn_idle_closing(struct conn_idle *c, int fd)
{
	conn_idle_unused(c, fd);
	forget(c, fd);
}

static void on_timer(uv_timer_t *h)
{
	struct conn_idle *c = h->data;
	uint64_t now = uv_now(h->loop), next = UINT64_MAX;

	for (size_t i = 0; i < c->n;) {
		if (c->conn[i].until_ms <= now) {
			shutdown(c->conn[i].fd, SHUT_RDWR);
			remove_at(c, i);
			continue;
		}
		if (c->conn[i].until_ms < next)
			next = c->conn[i].until_ms;
		i++;
	}
	if (c->n)
		uv_timer_start(h, on_timer, next - now, 0);
}

void conn_idle_keep(struct conn_idle *c, int fd, bool tls)
{
	uint64_t ms = tls ? CONN_IDLE_TLS_MS : CONN_IDLE_PLAIN_MS;

	/* Another transfer may have taken it already. */
	if ((size_t)fd < c->nin_use && c->in_use[fd])
		return;
	forget(c, fd);
	if (c->n == CONN_IDLE_MAX) {
		shutdown(c->conn[0].fd, SHUT_RDWR);
		remove_at(c, 0);
	}
	c->conn[c->n].fd = fd;
	c->conn[c->n].until_ms = uv_now(c->timer.loop) + ms;
	c->n++;
	if (!uv_is_active((uv_handle_t *)&c->timer) ||
	    uv_timer_get_due_in(&c->timer) > ms)
		uv_timer_start(&c->timer, on_timer, ms, 0);
}
