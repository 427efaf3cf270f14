#include "proto/error_facts.h"

#include <string.h>

#include "proto/pick.h"

enum { PLAIN_BYTES = 300 };

static const struct jlimits error_limits = {
    .depth = 512, .recorded = 6, .tokens = 100000};

enum {
	E_MESSAGE,
	E_ERROR,
	E_DETAIL,
	E_ERRORS,
	E_TYPE,
	E_ERROR_TYPE,
	E_CODE,
	E_STATUS,
	E_STATUS_CODE,
	E_ERROR_CODE,
	E_TEXT,
	E_PARAM,
	E_PROMPT_TOKENS,
	E_CONTEXT,
	E_NAMES
};
static const struct str error_names[E_NAMES] = {
    [E_MESSAGE] = {"message", 7},
    [E_ERROR] = {"error", 5},
    [E_DETAIL] = {"detail", 6},
    [E_ERRORS] = {"errors", 6},
    [E_TYPE] = {"type", 4},
    [E_ERROR_TYPE] = {"error_type", 10},
    [E_CODE] = {"code", 4},
    [E_STATUS] = {"status", 6},
    [E_STATUS_CODE] = {"status_code", 11},
    [E_ERROR_CODE] = {"error_code", 10},
    [E_TEXT] = {"text", 4},
    [E_PARAM] = {"param", 5},
    [E_PROMPT_TOKENS] = {"n_prompt_tokens", 15},
    [E_CONTEXT] = {"n_ctx", 5},
};

enum { I_LOC, I_MSG, I_MESSAGE, I_NAMES };
static const struct str item_names[I_NAMES] = {
    [I_LOC] = {"loc", 3},
    [I_MSG] = {"msg", 3},
    [I_MESSAGE] = {"message", 7},
};

static bool add_string(struct buf *out, const struct jdoc *d, jref v)
{
	if (jdoc_chars(d, v).n == 0)
		return false;
	jscan_unescape(out, jdoc_chars(d, v), NULL);
	return true;
}

/* loc: ["body", "messages", 0] as body.messages.0 */
static void add_place(struct buf *out, const struct jdoc *d, jref loc)
{
	bool any = false;

	if (jdoc_type(d, loc) != J_ARRAY)
		return;
	for (jref e = jdoc_first(d, loc); e != JNONE;
	     e = jdoc_next(d, loc, e)) {
		if (any)
			buf_addc(out, '.');
		if (!add_string(out, d, e))
			buf_addstr(out, jdoc_raw(d, e));
		any = true;
	}
	if (any)
		buf_adds(out, ": ");
}

/* detail[] of FastAPI, errors[] of others: texts joined. */
static bool add_list(struct buf *out, const struct jdoc *d, jref list)
{
	size_t before = out->len;
	jref item[I_NAMES];

	if (jdoc_type(d, list) != J_ARRAY)
		return false;
	for (jref e = jdoc_first(d, list); e != JNONE;
	     e = jdoc_next(d, list, e)) {
		if (out->len > before)
			buf_adds(out, "; ");
		pick_members(d, e, item_names, I_NAMES, item);
		add_place(out, d, item[I_LOC]);
		if (!add_string(out, d, e) && !add_string(out, d, item[I_MSG]))
			add_string(out, d, item[I_MESSAGE]);
	}
	return out->len > before;
}

static void add_message(struct buf *out, const struct jdoc *d, const jref *root,
			const jref *error)
{
	if (add_string(out, d, error[E_MESSAGE]) ||
	    add_string(out, d, root[E_ERROR]) ||
	    add_string(out, d, root[E_DETAIL]) ||
	    add_list(out, d, root[E_DETAIL]) ||
	    add_string(out, d, root[E_MESSAGE]) ||
	    add_list(out, d, error[E_ERRORS]) ||
	    add_list(out, d, root[E_ERRORS]) ||
	    add_string(out, d, error[E_DETAIL]))
		return;
	add_string(out, d, root[E_TEXT]); /* FastChat, in a stream */
}

static void copy_word(char *to, const struct jdoc *d, jref v)
{
	struct str s = jdoc_chars(d, v);

	if (to[0])
		return;
	s.n = str_utf8_floor(s, ERROR_WORD_BYTES - 1);
	if (s.n)
		memcpy(to, s.p, s.n);
	to[s.n] = '\0';
}

/* FastChat numbers its errors status * 100 + n; its 403xx are not about
 * permission but about the request: 40301 is an unknown model. */
static int plain_status(int64_t v)
{
	if (v >= 400 && v <= 599)
		return (int)v;
	if (v < 40000 || v > 59999)
		return 0;
	if (v == 40301)
		return 404;
	return v / 100 == 403 ? 400 : (int)(v / 100);
}

static int number_status(const struct jdoc *d, jref v)
{
	int64_t n = 0;

	if (jdoc_i64(d, v, &n) == 0 ||
	    str_to_i64(jdoc_chars(d, v), 0, 99999, &n) == 0)
		return plain_status(n);
	return 0;
}

/* Words in types and codes that stand for a status; the first found counts. */
static const struct {
	const char *word;
	int status;
} words[] = {
    {"context_size", 400},    {"context_length", 400},
    {"overload", 529},	      {"rate_limit", 429},
    {"ratelimit", 429},	      {"too_many", 429},
    {"toomany", 429},	      {"quota", 429},
    {"authentication", 401},  {"unauthorized", 401},
    {"invalid_api_key", 401}, {"permission", 403},
    {"forbidden", 403},	      {"not_found", 404},
    {"notfound", 404},	      {"unavailable", 503},
    {"timeout", 504},	      {"invalid_request", 400},
    {"bad_request", 400},     {"badrequest", 400},
    {"validation", 400},      {"unprocessableentity", 400},
};

static int word_status(const char *text)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (str_ifind(str_of(text), str_of(words[i].word)) != SIZE_MAX)
			return words[i].status;
	}
	return 0;
}

static void read_members(struct error_facts *f, const struct jdoc *d,
			 const jref *m)
{
	static const int numbers[] = {E_CODE, E_STATUS, E_STATUS_CODE,
				      E_ERROR_CODE};

	copy_word(f->type, d, m[E_TYPE]);
	copy_word(f->type, d, m[E_ERROR_TYPE]);
	copy_word(f->code, d, m[E_CODE]);
	copy_word(f->param, d, m[E_PARAM]);
	for (size_t i = 0; i < 4 && !f->status; i++)
		f->status = number_status(d, m[numbers[i]]);
	jdoc_i64(d, m[E_PROMPT_TOKENS], &f->prompt_tokens);
	jdoc_i64(d, m[E_CONTEXT], &f->context_tokens);
}

static void read_json(struct error_facts *f, const struct jdoc *d)
{
	jref at = jdoc_type(d, 0) == J_ARRAY ? jdoc_first(d, 0) : 0;
	jref root[E_NAMES], error[E_NAMES];

	if (jdoc_type(d, 0) == J_STRING)
		add_string(&f->text, d, 0);
	pick_members(d, at, error_names, E_NAMES, root);
	pick_members(d, root[E_ERROR], error_names, E_NAMES, error);
	add_message(&f->text, d, root, error);
	read_members(f, d, error);
	read_members(f, d, root);
	/* A code says more than a type: invalid_api_key is of the type
	 * invalid_request_error. */
	if (!f->status)
		f->status = word_status(f->code);
	if (!f->status)
		f->status = word_status(f->type);
}

/* JSON that was cut: what there is of its "message". */
static bool read_cut(struct error_facts *f, struct str body)
{
	size_t at = str_find(body, STR("\"message\""));
	size_t end = 0;

	if (at == SIZE_MAX)
		return false;
	body = str_trim(str_sub(body, at + 9, body.n));
	if (body.n == 0 || body.p[0] != ':')
		return false;
	body = str_trim(str_sub(body, 1, body.n));
	if (body.n == 0 || body.p[0] != '"')
		return false;
	body = str_sub(body, 1, body.n);
	while (end < body.n && body.p[end] != '"')
		end += body.p[end] == '\\' ? 2 : 1;
	jscan_unescape(&f->text, str_sub(body, 0, end), NULL);
	return f->text.len > 0;
}

static bool is_readable(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c < 0x20 && c != '\n' && c != '\r' && c != '\t')
			return false;
	}
	return str_utf8_valid(s) == s.n;
}

static void read_plain(struct error_facts *f, struct str body)
{
	body = str_trim(body);
	if (body.n == 0 || body.p[0] == '<')
		return;
	if (body.p[0] == '{' && read_cut(f, body))
		return;
	body = str_sub(body, 0, str_utf8_floor(body, PLAIN_BYTES));
	if (is_readable(body))
		buf_addstr(&f->text, body);
}

void error_facts_read(struct error_facts *f, struct str body)
{
	struct jdoc d;
	struct jerror why;

	*f = (struct error_facts){.text = BUF_INIT(2 * ERROR_BODY_BYTES)};
	body = str_sub(body, 0, ERROR_BODY_BYTES);
	jdoc_init(&d);
	if (jdoc_parse(&d, body, &error_limits, &why) == 0)
		read_json(f, &d);
	else
		read_plain(f, body);
	jdoc_release(&d);
}

void error_facts_release(struct error_facts *f)
{
	buf_release(&f->text);
}
