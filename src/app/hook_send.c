/* One notice on its way, from a loop. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "app/hook_impl.h"
#include "base/clock.h"
#include "base/mem.h"
#include "io/transfer.h"

enum { CONNECT_MS = 5000, TOTAL_MS = 10000, HEADERS = 7, LINE = 256 };

struct sending {
	struct loop *loop;
	struct loop_hook hook;
	struct webhook to;
	struct hook_parcel parcel;
	struct transfer *transfer;
	int64_t started_ms;
	int status;
	void (*done)(void *ctx, const struct hook_result *r);
	void *ctx;
};

static void finish(struct sending *s, const char *error)
{
	struct hook_result r = {.status = s->status,
				.ms = clock_mono_ms() - s->started_ms};

	r.ok = !error[0];
	str_put(r.error, sizeof(r.error), str_of(error));
	loop_hook_remove(&s->hook);
	s->done(s->ctx, &r);
	webhook_release(&s->to);
	mem_free(s->parcel.body);
	mem_free(s);
}

static int on_head(void *ctx, const struct transfer_head *head)
{
	((struct sending *)ctx)->status = head->status;
	return 0;
}

/* What a receiver says is of no interest. */
static int on_data(void *ctx, struct str bytes)
{
	(void)ctx;
	(void)bytes;
	return 0;
}

static void on_flush(void *ctx)
{
	(void)ctx;
}

/* No words of libcurl's: they may hold the address. */
static const char *const end_words[] = {
    [TRANSFER_OK] = "",
    [TRANSFER_REFUSED] = "the connection was refused",
    [TRANSFER_DNS] = "the host name was not found",
    [TRANSFER_TLS] = "the certificate is not valid",
    [TRANSFER_RESET] = "the connection broke off",
    [TRANSFER_CONNECT_TIMEOUT] = "no connection in time",
    [TRANSFER_FIRST_BYTE_TIMEOUT] = "no answer in time",
    [TRANSFER_IDLE_TIMEOUT] = "no answer in time",
    [TRANSFER_TOTAL_TIMEOUT] = "no answer in time",
    [TRANSFER_PROTOCOL] = "what answers is no HTTP server",
};

static void on_done(void *ctx, enum transfer_end end, const char *detail)
{
	struct sending *s = ctx;
	char error[LINE] = "";

	(void)detail;
	if (end != TRANSFER_OK && !s->status)
		snprintf(error, sizeof(error), "%s", end_words[end]);
	else if (s->status >= 300 && s->status < 400)
		snprintf(error, sizeof(error),
			 "status %d: redirects are not followed", s->status);
	else if (s->status < 200 || s->status >= 300)
		snprintf(error, sizeof(error), "status %d", s->status);
	finish(s, error);
}

static void on_stop(void *ctx)
{
	struct sending *s = ctx;

	transfer_cancel(s->transfer);
	finish(s, "the relay ended");
}

/* Over the time of this try and the body, so that neither can be changed and
 * an old one not be sent again. */
static void sign(const struct sending *s, int64_t now_s, char line[LINE])
{
	struct buf text = BUF_INIT(1024 * 1024);
	char hash[65];

	buf_addf(&text, "%" PRId64 ".%s", now_s, s->parcel.body);
	secret_hmac_sha256(str_of(s->to.secret), buf_str(&text), hash);
	snprintf(line, LINE, "X-Llmrelay-Signature: sha256=%s", hash);
	buf_release(&text);
}

static void begin(struct loop *l, void *arg)
{
	static const struct transfer_events events = {on_head, on_data,
						      on_flush, on_done};
	struct sending *s = arg;
	int64_t now_s = clock_wall_ms() / 1000;
	char lines[4][LINE];
	const char *headers[HEADERS] = {"Content-Type: application/json",
					"User-Agent: llmrelay",
					lines[0],
					lines[1],
					lines[2],
					lines[3]};
	struct transfer_spec spec = {.method = "POST",
				     .url = s->to.url,
				     .headers = headers,
				     .nheaders = s->to.secret ? 6 : 5,
				     .body = str_of(s->parcel.body),
				     .connect_ms = CONNECT_MS,
				     .total_ms = TOTAL_MS};

	snprintf(lines[0], LINE, "X-Llmrelay-Event: %s",
		 hook_event_name(s->parcel.event));
	snprintf(lines[1], LINE, "X-Llmrelay-Delivery: %s", s->parcel.id);
	snprintf(lines[2], LINE, "X-Llmrelay-Timestamp: %" PRId64, now_s);
	if (s->to.secret)
		sign(s, now_s, lines[3]);
	s->started_ms = clock_mono_ms();
	s->hook.fn = on_stop;
	s->hook.ctx = s;
	loop_hook_add(l, &s->hook);
	s->transfer = transfer_start(l, &spec, &events, s);
}

void hook_send(struct loop *l, const struct webhook *w,
	       const struct hook_parcel *parcel,
	       void (*done)(void *ctx, const struct hook_result *r), void *ctx)
{
	struct sending *s = mem_zalloc(sizeof(*s));

	s->loop = l;
	webhook_copy(&s->to, w);
	s->parcel = *parcel;
	s->done = done;
	s->ctx = ctx;
	loop_post(l, begin, s);
}

void hook_test(struct loop *l, const struct webhook *w,
	       void (*done)(void *ctx, const struct hook_result *r), void *ctx)
{
	struct hook_parcel parcel = {.event = HOOK_TEST};
	cJSON *data = cJSON_CreateObject();

	cJSON_AddStringToObject(data, "message",
				"This is a test; notices will come here.");
	hook_new_id(parcel.id);
	parcel.body = hook_body(HOOK_TEST, parcel.id, clock_wall_ms(), data);
	cJSON_Delete(data);
	hook_send(l, w, &parcel, done, ctx);
}
