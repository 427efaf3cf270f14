/* llmrelayctl check: do events of a stream arrive one by one? */
#include <inttypes.h>

#include "ctl/check.h"
#include "ctl/print.h"

enum { MESSAGE_BYTES = 4096, EVENTS = 3 /* of relay/check.c */ };

struct watch {
	struct check *k;
	struct check_call *q;
	int64_t events;	 /* that arrived */
	size_t newlines; /* at the end of what came last */
};

static void tell_seen(struct watch *w)
{
	struct buf path = BUF_INIT(128);
	struct check_call q;

	buf_addf(&path, "/v1/check/seen?events=%" PRId64, w->events);
	check_call_init(w->k, &q, "POST", path.data);
	check_send(w->k, &q);
	check_call_release(&q);
	buf_release(&path);
}

static int on_events(void *ctx, struct str bytes)
{
	struct watch *w = ctx;
	int64_t before = w->events;

	if (w->q->http.encoding[0])
		return 1;
	for (size_t i = 0; i < bytes.n; i++) {
		w->newlines = bytes.p[i] == '\n' ? w->newlines + 1 : 0;
		if (w->newlines == 2)
			w->events++;
	}
	if (w->events > before)
		tell_seen(w);
	return 0;
}

static bool watch_stream(struct check *k, struct watch *w, struct check_call *q,
			 bool gzip)
{
	*w = (struct watch){.k = k, .q = q};
	check_call_init(k, q, "GET", "/v1/check/stream");
	check_call_header(q, gzip ? "Accept-Encoding: gzip, br"
				  : "Accept-Encoding: identity");
	q->http.data = on_events;
	q->http.ctx = w;
	return check_send(k, q);
}

static void judge_stream(struct check *k, const struct watch *w, bool answered)
{
	struct buf text = BUF_INIT(MESSAGE_BYTES);

	if (answered && w->events == EVENTS) {
		check_add_good(k, "streams", "events arrive one by one");
		return;
	}
	if (answered && w->events) {
		buf_adds(&text, "events are kept until the answer ends");
		check_add_bad(k, "streams", WEBTOPIC_STREAM, &text,
			      "clients show nothing for minutes, and give up");
	} else {
		buf_adds(&text, "no stream comes: ");
		check_say(w->q, &text);
		check_add_bad(k, "streams", WEBTOPIC_STREAM, &text,
			      "Claude Code needs streams");
	}
	buf_release(&text);
}

void check_stream(struct check *k)
{
	struct buf text = BUF_INIT(MESSAGE_BYTES);
	struct check_call q;
	struct watch w;
	bool answered = watch_stream(k, &w, &q, true);

	if (answered && q.http.encoding[0]) {
		buf_adds(&text, "streams are compressed: content-encoding ");
		print_safe(&text, str_of(q.http.encoding));
		check_add_bad(
		    k, "compression", WEBTOPIC_GZIP, &text,
		    "compressors hold events back, and clients that read "
		    "events as they come cannot read these");
		check_call_release(&q);
		answered = watch_stream(k, &w, &q, false);
	} else if (answered) {
		check_add_good(k, "compression", "streams are not compressed");
	}
	judge_stream(k, &w, answered);
	check_call_release(&q);
	buf_release(&text);
}
