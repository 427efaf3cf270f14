/*
 * Clients for the benchmark: so many at a time send the same request again and
 * again and read each answer to its end.
 *
 * load URL BODY-FILE CLIENTS REQUESTS [HEADER: VALUE]...
 *
 * Prints one JSON object: how many were answered with 200, how many events
 * ("\n\n") and bytes came, and, in microseconds, when the first event was there
 * and when all was.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "io/transfer.h"

enum { BODY_MAX = 64 * 1024 * 1024, HEADERS = 16, POLL_US = 2000 };

struct bench {
	struct loop *l;
	const char *url;
	const char *headers[HEADERS];
	size_t nheaders;
	struct buf body;
	int clients, requests, begun, ended, good, bad;
	int64_t events, bytes;
	int64_t *first_us, *whole_us; /* of the good ones */
	_Atomic int left;	      /* clients that are not done */
};

struct client {
	struct bench *b;
	int64_t start_us, first_us;
	int status;
	bool newline; /* the last byte was one */
};

static void next(struct client *c);

static int on_head(void *ctx, const struct transfer_head *head)
{
	struct client *c = ctx;

	c->status = head->status;
	return 0;
}

static int on_data(void *ctx, struct str bytes)
{
	struct client *c = ctx;

	if (!c->first_us)
		c->first_us = clock_mono_us();
	c->b->bytes += (int64_t)bytes.n;
	for (size_t i = 0; i < bytes.n; i++) {
		bool newline = bytes.p[i] == '\n';

		c->b->events += newline && c->newline;
		c->newline = newline && !c->newline;
	}
	return 0;
}

static void on_flush(void *ctx)
{
	(void)ctx;
}

static void on_done(void *ctx, enum transfer_end end, const char *detail)
{
	struct client *c = ctx;
	struct bench *b = c->b;

	if (end == TRANSFER_OK && c->status == 200) {
		b->first_us[b->good] = c->first_us - c->start_us;
		b->whole_us[b->good] = clock_mono_us() - c->start_us;
		b->good++;
	} else {
		if (!b->bad++)
			fprintf(stderr, "load: status %d: %s\n", c->status,
				detail);
	}
	next(c);
}

static const struct transfer_events client_events = {on_head, on_data, on_flush,
						     on_done};

static void next(struct client *c)
{
	struct bench *b = c->b;
	struct transfer_spec spec = {.method = "POST",
				     .url = b->url,
				     .headers = b->headers,
				     .nheaders = b->nheaders,
				     .body = buf_str(&b->body),
				     .connect_ms = 10000,
				     .first_byte_ms = 60000,
				     .idle_ms = 60000,
				     .total_ms = 600000};

	if (b->begun == b->requests) {
		b->left--;
		return;
	}
	b->begun++;
	*c = (struct client){.b = b, .start_us = clock_mono_us()};
	transfer_start(b->l, &spec, &client_events, c);
}

static void begin(struct loop *l, void *arg)
{
	(void)l;
	next(arg);
}

static int compare(const void *x, const void *y)
{
	int64_t a = *(const int64_t *)x, b = *(const int64_t *)y;

	return (a > b) - (a < b);
}

static void print_times(const char *name, int64_t *us, int n)
{
	qsort(us, (size_t)n, sizeof(*us), compare);
	printf(",\"%s\":{\"p50\":%lld,\"p99\":%lld,\"max\":%lld}", name,
	       n ? (long long)us[n / 2] : -1,
	       n ? (long long)us[(int64_t)n * 99 / 100] : -1,
	       n ? (long long)us[n - 1] : -1);
}

static int read_file(struct buf *out, const char *path)
{
	char piece[65536];
	FILE *f = fopen(path, "rb");
	size_t n;

	if (!f)
		return -1;
	while ((n = fread(piece, 1, sizeof(piece), f)) > 0)
		buf_add(out, piece, n);
	fclose(f);
	return buf_ok(out) ? 0 : -1;
}

static void run(struct bench *b)
{
	struct client *c = mem_array((size_t)b->clients, sizeof(*c));
	int64_t start_us = clock_mono_us();

	b->left = b->clients;
	for (int i = 0; i < b->clients; i++) {
		c[i] = (struct client){.b = b};
		loop_post(b->l, begin, &c[i]);
	}
	while (b->left > 0)
		usleep(POLL_US);
	printf("{\"good\":%d,\"bad\":%d,\"events\":%lld,\"bytes\":%lld,"
	       "\"seconds\":%.3f",
	       b->good, b->bad, (long long)b->events, (long long)b->bytes,
	       (double)(clock_mono_us() - start_us) / 1e6);
	print_times("first_us", b->first_us, b->good);
	print_times("whole_us", b->whole_us, b->good);
	printf("}\n");
	loop_stop(b->l);
	mem_free(c);
}

int main(int argc, char **argv)
{
	struct bench b = {.body = BUF_INIT(BODY_MAX)};

	if (argc < 5 || argc - 5 >= HEADERS) {
		fprintf(stderr, "usage: load URL BODY-FILE CLIENTS REQUESTS "
				"[HEADER: VALUE]...\n");
		return 2;
	}
	b.url = argv[1];
	b.clients = (int)strtol(argv[3], NULL, 10);
	b.requests = (int)strtol(argv[4], NULL, 10);
	b.headers[b.nheaders++] = "Content-Type: application/json";
	for (int i = 5; i < argc; i++)
		b.headers[b.nheaders++] = argv[i];
	if (b.clients < 1 || b.requests < 1 || read_file(&b.body, argv[2]) < 0)
		return 2;
	b.first_us = mem_array((size_t)b.requests, sizeof(*b.first_us));
	b.whole_us = mem_array((size_t)b.requests, sizeof(*b.whole_us));
	if (loop_start(&b.l, "load", NULL) < 0)
		return 1;
	run(&b);
	mem_free(b.first_us);
	mem_free(b.whole_us);
	buf_release(&b.body);
	return b.bad > 0;
}
