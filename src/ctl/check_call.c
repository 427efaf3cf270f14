/* Requests of llmrelayctl check, and its list of findings. */
#include <string.h>

#include "base/mem.h"
#include "ctl/check.h"
#include "ctl/print.h"

enum { URL_BYTES = 4096, TEXT_BYTES = 4096, PATIENCE_MS = 30000 };

void check_call_init(struct check *k, struct check_call *q, const char *method,
		     const char *path)
{
	*q = (struct check_call){
	    .url = BUF_INIT(URL_BYTES),
	    .key = BUF_INIT(TEXT_BYTES),
	    .bearer = BUF_INIT(TEXT_BYTES),
	};
	buf_addf(&q->url, "%s%s", k->base, path);
	q->http.method = method;
	q->http.url = buf_ok(&q->url) ? q->url.data : "";
	q->http.headers = q->headers;
	q->http.total_ms = PATIENCE_MS;
	q->http.insecure = k->insecure;
	check_call_header(q, "User-Agent: llmrelayctl/" PACKAGE_VERSION);
	check_call_header(q, "Content-Type: application/json");
	check_call_header(q, "anthropic-version: 2023-06-01");
	check_call_header(q, "anthropic-beta: check-1,check-2");
	if (!k->ticket[0])
		return;
	buf_addf(&q->key, "x-api-key: %s", k->ticket);
	buf_addf(&q->bearer, "Authorization: Bearer %s", k->ticket);
	check_call_header(q, q->key.data);
	check_call_header(q, q->bearer.data);
}

void check_call_header(struct check_call *q, const char *line)
{
	if (q->http.nheaders < CHECK_HEADERS)
		q->headers[q->http.nheaders++] = line;
}

bool check_send(struct check *k, struct check_call *q)
{
	q->failed = http_call_run(&q->http, &q->why) < 0;
	if (q->http.server[0])
		k->outer = webserver_of(str_of(q->http.server), STR_NONE);
	return !q->failed && q->http.status == 200 && q->http.request_id[0];
}

void check_say(const struct check_call *q, struct buf *out)
{
	const struct http_call *h = &q->http;

	if (q->failed) {
		print_safe(out, str_of(q->why.message));
		return;
	}
	buf_addf(out, "status %d", h->status);
	if (h->request_id[0]) {
		buf_adds(out, " of the relay");
	} else if (h->server[0]) {
		buf_adds(out, " of ");
		print_safe(out, str_of(h->server));
	} else {
		buf_adds(out, ", not of the relay");
	}
}

void check_call_release(struct check_call *q)
{
	http_call_release(&q->http);
	buf_release(&q->url);
	buf_release(&q->key);
	buf_release(&q->bearer);
}

cJSON *check_echo_of(const struct check_call *q)
{
	return json_parse_object(buf_str(&q->http.answer), NULL);
}

/* One line for each web server that stands on the way. */
static void add_fixes(const struct check *k, const struct check_finding *f,
		      struct buf *out)
{
	bool two = k->outer != k->inner && k->outer != WEBSERVER_OTHER &&
		   !(k->outer == WEBSERVER_APACHE &&
		     (k->inner == WEBSERVER_APACHE_CGI ||
		      k->inner == WEBSERVER_APACHE_FCGID));

	if (f->fix) {
		buf_adds(out, f->fix);
		return;
	}
	if (f->topic == WEBTOPICS)
		return;
	if (two)
		buf_addf(out, "%s: %s; ", webserver_name(k->outer),
			 webserver_fix(k->outer, f->topic));
	if (!two || k->inner != WEBSERVER_OTHER)
		buf_addf(out, "%s: %s", webserver_name(k->inner),
			 webserver_fix(k->inner, f->topic));
}

void check_add(struct check *k, const struct check_finding *f)
{
	static const char *const states[] = {"good", "bad", "unknown"};
	struct buf fix = BUF_INIT(TEXT_BYTES);
	cJSON *o = cJSON_CreateObject();

	add_fixes(k, f, &fix);
	cJSON_AddStringToObject(o, "name", f->name);
	cJSON_AddStringToObject(o, "state", states[f->state]);
	cJSON_AddStringToObject(o, "message", f->message);
	if (f->state == CHECK_GOOD || !f->why)
		cJSON_AddNullToObject(o, "why");
	else
		cJSON_AddStringToObject(o, "why", f->why);
	if (f->state == CHECK_GOOD || !fix.len)
		cJSON_AddNullToObject(o, "fix");
	else
		cJSON_AddStringToObject(o, "fix", fix.data);
	cJSON_AddItemToArray(k->list, o);
	k->bad |= f->state == CHECK_BAD;
	buf_release(&fix);
}

void check_add_bad(struct check *k, const char *name, enum webtopic topic,
		   const struct buf *message, const char *why)
{
	check_add(k, &(struct check_finding){.name = name,
					     .state = CHECK_BAD,
					     .message = message->data,
					     .why = why,
					     .topic = topic});
}

void check_add_good(struct check *k, const char *name, const char *message)
{
	check_add(k, &(struct check_finding){
			 .name = name, .message = message, .topic = WEBTOPICS});
}
