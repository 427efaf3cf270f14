#include "tests/support/io_get.h"

#include <stdio.h>
#include <string.h>

#include "tests/support/tap.h"

void get_rig_init(struct get_rig *r)
{
	r->script.step = io_flag_new();
	r->script.heard = io_flag_new();
	r->server = io_server_start(io_script, &r->script);
	loop_start(&r->loop, "transfer", NULL);
}

void get_rig_release(struct get_rig *r)
{
	loop_stop(r->loop);
	io_server_stop(r->server);
	io_flag_free(r->script.step);
	io_flag_free(r->script.heard);
}

static int perform(struct get *g, enum get_act what)
{
	if (what == GET_NOTHING)
		return 0;
	if (what == GET_LINGER)
		transfer_linger(g->t, 2000);
	if (what == GET_PAUSE)
		transfer_pause(g->t);
	if (what == GET_STEP)
		io_flag_set(g->rig->script.step);
	if (what == GET_NEXT)
		get_do_start(g->rig->loop, g->next);
	io_flag_set(g->held);
	return what == GET_STOP || what == GET_NEXT;
}

static int on_head(void *ctx, const struct transfer_head *head)
{
	struct get *g = ctx;

	g->head = *head;
	buf_addf(&g->log, "H%d ", head->status);
	return perform(g, g->at_head);
}

static int on_data(void *ctx, struct str bytes)
{
	struct get *g = ctx;

	buf_addstr(&g->body, bytes);
	if (!g->brief)
		buf_addf(&g->log, "D:%.*s ", STR_ARG(bytes));
	return perform(g, g->at_data);
}

static void on_flush(void *ctx)
{
	struct get *g = ctx;

	if (!g->brief)
		buf_adds(&g->log, "F ");
	perform(g, g->at_flush);
}

static void on_done(void *ctx, enum transfer_end end, const char *detail)
{
	struct get *g = ctx;

	buf_addf(&g->log, "E%d", (int)end);
	g->end = end;
	snprintf(g->detail, sizeof(g->detail), "%s", detail);
	perform(g, g->at_done);
	io_flag_set(g->done);
}

static const struct transfer_events events = {on_head, on_data, on_flush,
					      on_done};

void get_init(struct get *g, struct get_rig *rig, const char *path)
{
	memset(g, 0, sizeof(*g));
	g->rig = rig;
	snprintf(g->url, sizeof(g->url), "http://127.0.0.1:%d%s",
		 io_server_port(rig->server), path);
	g->spec.method = "GET";
	g->spec.url = g->url;
	g->spec.connect_ms = 5000;
	buf_init(&g->log, SIZE_MAX / 2);
	buf_init(&g->body, SIZE_MAX / 2);
	g->done = io_flag_new();
	g->held = io_flag_new();
}

void get_release(struct get *g)
{
	buf_release(&g->log);
	buf_release(&g->body);
	io_flag_free(g->done);
	io_flag_free(g->held);
}

void get_do_start(struct loop *l, void *arg)
{
	struct get *g = arg;

	g->t = transfer_start(l, &g->spec, &events, g);
}

void get_do_resume(struct loop *l, void *arg)
{
	(void)l;
	transfer_resume(((struct get *)arg)->t);
}

void get_do_cancel(struct loop *l, void *arg)
{
	(void)l;
	transfer_cancel(((struct get *)arg)->t);
}

void get_do_linger(struct loop *l, void *arg)
{
	(void)l;
	transfer_linger(((struct get *)arg)->t, 50);
}

void get_do_nothing(struct loop *l, void *arg)
{
	(void)l;
	(void)arg;
}

void get_start(struct get *g)
{
	io_call(g->rig->loop, get_do_start, g);
}

/* Starts and waits for the end. */
void get_run(struct get *g)
{
	get_start(g);
	if (!io_flag_wait(g->done))
		diag("%s did not end", g->url);
}
