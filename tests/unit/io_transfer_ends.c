#include "tests/support/tap.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "tests/support/io_get.h"

static struct get_rig rig;

static int free_port(void)
{
	struct io_server *s = io_server_start(io_script, NULL);
	int port = io_server_port(s);

	io_server_stop(s);
	return port;
}

/* Each row: a path and how it ends. */
static const struct {
	const char *path, *log;
	enum transfer_end end;
} endings[] = {
    {"/early-reset", "E%d", TRANSFER_RESET},
    {"/truncated", "H200 D:only this F E%d", TRANSFER_RESET},
    {"/no-last-chunk", "H200 D:ab F E%d", TRANSFER_RESET},
    {"/to-close", "H200 D:to the end F E%d", TRANSFER_OK},
    {"/garbage", "E%d", TRANSFER_PROTOCOL},
    {"/interim", "H429 D:busy F E%d", TRANSFER_OK},
    {"/retry-ms", "H503 E%d", TRANSFER_OK},
    {"/redirect", "H307 D:no F E%d", TRANSFER_OK},
    {"/big-head", "E%d", TRANSFER_PROTOCOL},
    {"/endless-interim", "E%d", TRANSFER_PROTOCOL},
    {"/gzip", "H200 D:plain F E%d", TRANSFER_OK},
};

static void test_endings(void)
{
	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		struct get g;
		char want[100];
		struct buf b = BUF_INIT(200);
		struct str pattern = str_of(endings[i].log);

		get_init(&g, &rig, endings[i].path);
		get_run(&g);
		buf_addstr(&b, str_sub(pattern, 0, pattern.n - 2));
		buf_addi(&b, endings[i].end);
		snprintf(want, sizeof(want), "%s", b.data);
		is_text(buf_str(&g.log), want, endings[i].path);
		ok(endings[i].end == TRANSFER_OK || g.detail[0], "said: %s",
		   g.detail);
		buf_release(&b);
		get_release(&g);
	}
}

static void test_reset(void)
{
	struct get g;

	get_init(&g, &rig, "/reset");
	g.at_flush = GET_STEP;
	get_run(&g);
	is_text(buf_str(&g.log), "H200 D:ab F E4", "a reset in the middle");
	get_release(&g);
}

static void test_heads(void)
{
	struct get g;

	get_init(&g, &rig, "/interim");
	get_run(&g);
	is_int(g.head.retry_after_ms, 7000, "retry-after of the final head");
	is_text(str_of(g.head.content_type), "", "nothing of the interim ones");
	get_release(&g);
	get_init(&g, &rig, "/retry-ms");
	get_run(&g);
	is_int(g.head.retry_after_ms, 1500, "retry-after-ms wins");
	is_text(str_of(g.head.content_type), "application/json", "trimmed");
	get_release(&g);
}

static void test_unreachable(void)
{
	struct get g;

	get_init(&g, &rig, "");
	snprintf(g.url, sizeof(g.url), "http://127.0.0.1:%d/", free_port());
	get_run(&g);
	is_int(g.end, TRANSFER_REFUSED, "a closed port: %s", g.detail);
	get_release(&g);
	get_init(&g, &rig, "");
	snprintf(g.url, sizeof(g.url), "http://no-such-host.invalid/");
	get_run(&g);
	is_int(g.end, TRANSFER_DNS, "an unknown name: %s", g.detail);
	get_release(&g);
	get_init(&g, &rig, "");
	snprintf(g.url, sizeof(g.url), "file:///etc/passwd");
	get_run(&g);
	is_int(g.end, TRANSFER_PROTOCOL, "no other protocols: %s", g.detail);
	get_release(&g);
	get_init(&g, &rig, "");
	snprintf(g.url, sizeof(g.url), "http://127.0.0.1:99999/");
	get_run(&g);
	is_int(g.end, TRANSFER_PROTOCOL, "a bad URL: %s", g.detail);
	get_release(&g);
}

/* What plain servers say to a TLS greeting. */
static void serve_plain(struct io_conn *c)
{
	char hello[4096];

	if (recv(c->fd, hello, sizeof(hello), 0) > 0)
		io_say(c, "HTTP/1.1 400 Bad Request\r\n\r\n");
}

static void test_tls(void)
{
	struct io_server *plain = io_server_start(serve_plain, NULL);
	struct get g;

	get_init(&g, &rig, "");
	snprintf(g.url, sizeof(g.url), "https://127.0.0.1:%d/",
		 io_server_port(plain));
	get_run(&g);
	is_int(g.end, TRANSFER_TLS, "TLS to a plain port: %s", g.detail);
	get_release(&g);
	io_server_stop(plain);
}

static void test_proxy(void)
{
	struct get g;
	char proxy[64];

	snprintf(proxy, sizeof(proxy), "http://127.0.0.1:%d",
		 io_server_port(rig.server));
	get_init(&g, &rig, "");
	snprintf(g.url, sizeof(g.url), "https://no-tunnel.invalid/");
	g.spec.proxy = proxy;
	get_run(&g);
	is_text(buf_str(&g.log), "E1", "a proxy's refusal is no head");
	ok(strstr(g.detail, "403"), "said: %s", g.detail);
	get_release(&g);
	/* Plain HTTP goes through the proxy as it is. */
	get_init(&g, &rig, "");
	snprintf(g.url, sizeof(g.url), "http://no-such-host.invalid/gzip");
	g.spec.proxy = proxy;
	get_run(&g);
	is_int(g.end, TRANSFER_RESET, "the proxy is asked for the URL");
	get_release(&g);
}

static void test_limits(void)
{
	static const struct {
		const char *path;
		int64_t first, idle, total;
		enum transfer_end end;
	} rows[] = {
	    {"/silence", 50, 0, 0, TRANSFER_FIRST_BYTE_TIMEOUT},
	    {"/stall", 5000, 50, 0, TRANSFER_IDLE_TIMEOUT},
	    {"/drip", 5000, 2000, 100, TRANSFER_TOTAL_TIMEOUT},
	    {"/silence", 5000, 0, 50, TRANSFER_TOTAL_TIMEOUT},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct get g;
		int64_t begin = clock_mono_ms(), took;

		get_init(&g, &rig, rows[i].path);
		g.spec.first_byte_ms = rows[i].first;
		g.spec.idle_ms = rows[i].idle;
		g.spec.total_ms = rows[i].total;
		get_run(&g);
		took = clock_mono_ms() - begin;
		is_int(g.end, rows[i].end, "%s: %s", rows[i].path, g.detail);
		ok(took >= 45 && took < 1500, "in time (%lld ms)",
		   (long long)took);
		get_release(&g);
	}
}

int main(void)
{
	get_rig_init(&rig);
	test_endings();
	test_reset();
	test_heads();
	test_unreachable();
	test_tls();
	test_proxy();
	test_limits();
	get_rig_release(&rig);
	return done_testing();
}
