#include "proto/upstream_error.h"

#include <string.h>

#include "proto/error_facts.h"
#include "proto/overflow.h"
#include "proto/refusal.h"

enum { TEXT_BYTES = 500 };

static const struct {
	enum err_kind kind;
	bool failover;
	const char *message, *started; /* NULL: the same */
} faults[] = {
    [FAULT_NONE] = {ERR_INTERNAL, false, "nothing failed upstream", NULL},
    [FAULT_REFUSED] = {ERR_UPSTREAM, true,
		       "the upstream server refused the connection", NULL},
    [FAULT_DNS] = {ERR_UPSTREAM, true,
		   "the upstream server's address could not be found", NULL},
    [FAULT_TLS] = {ERR_UPSTREAM, true,
		   "the secure connection to the upstream server failed", NULL},
    [FAULT_RESET] = {ERR_UPSTREAM, true,
		     "the upstream server closed the connection before it "
		     "answered",
		     "the upstream stream ended before the answer was "
		     "complete"},
    [FAULT_CONNECT_TIMEOUT] = {ERR_TIMEOUT, true,
			       "the upstream server did not accept the "
			       "connection in time",
			       NULL},
    [FAULT_FIRST_BYTE_TIMEOUT] = {ERR_TIMEOUT, true,
				  "the upstream server did not begin its "
				  "answer in time",
				  NULL},
    [FAULT_IDLE_TIMEOUT] = {ERR_TIMEOUT, true,
			    "the upstream server fell silent", NULL},
    [FAULT_TOTAL_TIMEOUT] = {ERR_TIMEOUT, false,
			     "the upstream server took too long", NULL},
    [FAULT_TOO_LARGE] = {ERR_UPSTREAM, false,
			 "the upstream server's answer is too large", NULL},
    [FAULT_PROTOCOL] = {ERR_UPSTREAM, true,
			"the upstream server did not answer as HTTP asks",
			NULL},
    [FAULT_SHORTAGE] = {ERR_OVERLOADED, false,
			"the gateway has too many files open", NULL},
};

void upstream_fault_error(enum upstream_fault fault, bool started,
			  struct err *e, struct upstream_verdict *v)
{
	const char *message = faults[fault].message;

	if (started && faults[fault].started)
		message = faults[fault].started;
	err_set(e, faults[fault].kind, "%s", message);
	*v = (struct upstream_verdict){.class = CLASS_SERVER,
				       .failover = faults[fault].failover};
}

/* §14.2; the first row that holds the status counts. */
static const struct status_row {
	int from, to;
	enum err_kind kind;
	enum upstream_class class;
	bool failover;
} statuses[] = {
    {401, 401, ERR_UPSTREAM, CLASS_AUTH, true},
    {403, 403, ERR_UPSTREAM, CLASS_AUTH, true},
    {402, 402, ERR_BAD_REQUEST, CLASS_AUTH, true},
    {404, 404, ERR_NOT_FOUND, CLASS_MODEL, true},
    {408, 408, ERR_TIMEOUT, CLASS_SERVER, true},
    {413, 413, ERR_TOO_LARGE, CLASS_CLIENT, false},
    {429, 429, ERR_RATE_LIMIT, CLASS_RATE, true},
    {400, 499, ERR_BAD_REQUEST, CLASS_CLIENT, false},
    {503, 503, ERR_OVERLOADED, CLASS_SERVER, true},
    {504, 504, ERR_TIMEOUT, CLASS_SERVER, true},
    {529, 529, ERR_OVERLOADED, CLASS_SERVER, true},
    {0, 999, ERR_UPSTREAM, CLASS_SERVER, true},
};

static const struct status_row *find_row(int status)
{
	const struct status_row *row = statuses;

	while (status < row->from || status > row->to)
		row++;
	return row;
}

/* llama.cpp answers these mistakes of a request with 500; taken for failures
 * of the server they would put a healthy account aside. */
static const char *const request_mistakes[] = {
    "[json.exception.parse_error",
    "'messages' is required",
    "Expected 'messages' to be an array",
    "All non-assistant messages must contain",
    "image input is not supported",
    "audio input is not supported",
    "unsupported content[].type",
    "Only one completion choice is allowed",
    "Invalid tool_choice",
    "Failed to parse tools",
    "Unable to generate parser for this template",
    "JSON schema conversion failed",
    "Failed to parse tool call arguments",
    "logprobs is not supported with",
    "Failed to parse messages",
};

static bool is_request_mistake(struct str text)
{
	for (size_t i = 0;
	     i < sizeof(request_mistakes) / sizeof(request_mistakes[0]); i++) {
		if (str_find(text, str_of(request_mistakes[i])) != SIZE_MAX)
			return true;
	}
	return false;
}

static bool may_overflow(int status)
{
	return status == 400 || status == 413 || status == 422 || status == 500;
}

static void add_text(struct buf *out, const struct error_facts *f, int status)
{
	size_t before = out->len;

	error_clean(out, buf_str(&f->text), TEXT_BYTES);
	if (out->len == before)
		buf_addf(out, "upstream returned HTTP %d", status);
}

static bool take_overflow(const struct error_facts *f, struct str text,
			  int64_t max_tokens, struct err *e,
			  struct upstream_verdict *v)
{
	struct overflow o;

	if (!overflow_read(&o, f))
		return false;
	overflow_error(&o, text, max_tokens, e);
	*v = (struct upstream_verdict){.class = CLASS_CLIENT,
				       .overflow = true,
				       .prompt_tokens = o.prompt,
				       .prompt_at_least = o.at_least,
				       .context_tokens = o.context};
	return true;
}

static void set_status_error(int status, const struct error_facts *f,
			     struct str text, struct err *e,
			     struct upstream_verdict *v)
{
	const struct status_row *row;

	if (status == 500 && is_request_mistake(buf_str(&f->text)))
		status = 400;
	row = find_row(status);
	*v = (struct upstream_verdict){.class = row->class,
				       .failover = row->failover};
	if (row->class == CLASS_AUTH && row->kind == ERR_UPSTREAM) {
		err_set(e, row->kind,
			"the upstream server refused the gateway's "
			"credentials");
		e->no_retry = true;
		return;
	}
	err_set(e, row->kind, "%.*s", STR_ARG(text));
	if (status == 400 || status == 422)
		v->refused_param = refusal_read(f);
}

static void judge(int status, const struct error_facts *f, int64_t max_tokens,
		  struct err *e, struct upstream_verdict *v)
{
	struct buf text = BUF_INIT(2 * TEXT_BYTES);

	add_text(&text, f, status);
	if (!may_overflow(status) ||
	    !take_overflow(f, buf_str(&text), max_tokens, e, v))
		set_status_error(status, f, buf_str(&text), e, v);
	buf_release(&text);
}

/* What servers say when it is the path that is not there: no JSON at all (a
 * web server's page, Go's), or JSON in their frameworks' words, which name no
 * model.  Models that are missing are named in JSON. */
static bool is_wrong_path(struct str body, const struct error_facts *f)
{
	static const char *const words[] = {
	    "Not Found",	  /* FastAPI: vLLM, SGLang, FastChat */
	    "File Not Found",	  /* llama.cpp */
	    "Resource not found", /* Azure */
	};
	struct str text = str_trim(buf_str(&f->text));

	body = str_trim(body);
	if (body.n == 0 || (body.p[0] != '{' && body.p[0] != '['))
		return true;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (str_is(text, words[i]))
			return true;
	}
	return false;
}

static void set_wrong_path(struct err *e, struct upstream_verdict *v)
{
	err_set(e, ERR_UPSTREAM,
		"the upstream server has nothing at this path (HTTP 404): the "
		"account's address is wrong");
	e->no_retry = true;
	*v = (struct upstream_verdict){.class = CLASS_SERVER, .failover = true};
}

void upstream_status_error(int status, struct str body, int64_t retry_after_ms,
			   int64_t max_tokens, struct err *e,
			   struct upstream_verdict *v)
{
	struct error_facts f;
	struct err own;

	if (!e)
		e = &own;
	error_facts_read(&f, body);
	if (status >= 200 && status < 300)
		status = f.status ? f.status : 500;
	if (status == 404 && is_wrong_path(body, &f))
		set_wrong_path(e, v);
	else
		judge(status, &f, max_tokens, e, v);
	if (e->kind == ERR_RATE_LIMIT || e->kind == ERR_OVERLOADED)
		e->retry_after_ms = retry_after_ms;
	error_facts_release(&f);
}

/* §14.3: the head is out, so only the type is left to choose. */
static enum err_kind stream_kind(const struct error_facts *f)
{
	if (f->status == 503 || f->status == 529 ||
	    str_ifind(str_of(f->type), STR("overload")) != SIZE_MAX)
		return ERR_OVERLOADED;
	if (f->status == 400 || f->status == 422)
		return ERR_BAD_REQUEST;
	return f->status == 429 ? ERR_RATE_LIMIT : ERR_UPSTREAM;
}

void upstream_frame_error(struct str error, bool visible, int64_t max_tokens,
			  struct err *e, struct upstream_verdict *v)
{
	struct error_facts f;
	struct buf text = BUF_INIT(2 * TEXT_BYTES);
	int status;

	error_facts_read(&f, error);
	status = f.status ? f.status : 500;
	judge(status, &f, max_tokens, e, v);
	if (visible && !v->overflow) {
		error_clean(&text, buf_str(&f.text), TEXT_BYTES);
		if (text.len == 0)
			buf_adds(&text, "the upstream server failed");
		err_set(e, stream_kind(&f), "%.*s", STR_ARG(buf_str(&text)));
	}
	buf_release(&text);
	error_facts_release(&f);
}

void upstream_error_text(struct str body, int status, struct buf *out)
{
	struct error_facts f;

	error_facts_read(&f, body);
	add_text(out, &f, status);
	error_facts_release(&f);
}
