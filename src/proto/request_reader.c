#include "proto/request_reader.h"

#include <stdarg.h>
#include <stdio.h>

#include "proto/surrogates.h"

enum { SHOWN_BYTES = 100 };

static void add_path(struct buf *b, const struct place *at)
{
	if (!at)
		return;
	add_path(b, at->up);
	if (b->len)
		buf_addc(b, '.');
	buf_adds(b, at->name);
	if (at->index != NO_INDEX) {
		buf_addc(b, '.');
		buf_addi(b, (int64_t)at->index);
	}
}

int reader_fail(struct request_reader *r, const struct place *at,
		const char *member, const char *fmt, ...)
{
	struct buf path = BUF_INIT(512);
	char reason[ERR_MESSAGE_BYTES];
	va_list ap;

	add_path(&path, at);
	if (member) {
		if (path.len)
			buf_addc(&path, '.');
		buf_adds(&path, member);
	}
	va_start(ap, fmt);
	vsnprintf(reason, sizeof(reason), fmt, ap);
	va_end(ap);
	err_set(r->e, ERR_BAD_REQUEST, "%.*s: %s", STR_ARG(buf_str(&path)),
		reason);
	buf_release(&path);
	return -1;
}

struct str reader_shown(struct str word)
{
	return str_sub(word, 0, str_utf8_floor(word, SHOWN_BYTES));
}

int reader_recorded(struct request_reader *r, const struct place *at, jref v)
{
	if (jdoc_flags(r->doc, v) & JSCAN_OPAQUE)
		return reader_fail(r, at, NULL, "Input is nested too deeply");
	return 0;
}

static int fail_lone(struct request_reader *r, const char *at)
{
	return err_set(r->e, ERR_BAD_REQUEST,
		       "The request body is not valid JSON: lone surrogate at "
		       "byte %zu",
		       (size_t)(at - r->doc->src.p));
}

int reader_whole(struct request_reader *r, jref v)
{
	struct str chars = jdoc_chars(r->doc, v);

	if (!(jdoc_flags(r->doc, v) & JSCAN_LONE))
		return 0;
	return fail_lone(r, chars.p + surrogates_find(chars));
}

int reader_raw(struct request_reader *r, jref v, struct str *out)
{
	size_t lone;

	*out = jdoc_raw(r->doc, v);
	lone = surrogates_find(*out);
	return lone < out->n ? fail_lone(r, out->p + lone) : 0;
}

int reader_optional_chars(struct request_reader *r, jref v, struct str *out)
{
	*out = jdoc_chars(r->doc, v);
	return reader_whole(r, v);
}

int reader_chars(struct request_reader *r, const struct place *at,
		 const char *member, jref v, struct str *out)
{
	if (jdoc_type(r->doc, v) != J_STRING)
		return reader_fail(r, at, member, "Field required");
	return reader_optional_chars(r, v, out);
}

int reader_word(struct request_reader *r, const struct place *at,
		const char *member, jref v, struct str *out)
{
	struct str chars = STR_NONE;

	if (reader_chars(r, at, member, v, &chars) < 0)
		return -1;
	if (chars.n == 0)
		return reader_fail(r, at, member, "Field required");
	*out = jdoc_string(r->doc, v, r->arena);
	return 0;
}

int reader_bool(struct request_reader *r, const char *path, jref v, bool *out)
{
	enum jtype type = jdoc_type(r->doc, v);

	if (type == J_TRUE || type == J_FALSE)
		*out = type == J_TRUE;
	else if (type > J_NULL)
		return reader_fail(r, NULL, path,
				   "Input should be a valid boolean");
	return 0;
}

int block_fields(struct request_reader *r, jref v, struct block *b)
{
	static const struct str names[] = {
	    [BF_TYPE] = STR("type"),
	    [BF_TEXT] = STR("text"),
	    [BF_THINKING] = STR("thinking"),
	    [BF_ID] = STR("id"),
	    [BF_NAME] = STR("name"),
	    [BF_INPUT] = STR("input"),
	    [BF_TOOL_USE_ID] = STR("tool_use_id"),
	    [BF_CONTENT] = STR("content"),
	    [BF_IS_ERROR] = STR("is_error"),
	    [BF_SOURCE] = STR("source"),
	    [BF_TITLE] = STR("title"),
	    [BF_CONTEXT] = STR("context"),
	    [BF_URL] = STR("url"),
	    [BF_TOOL_NAME] = STR("tool_name"),
	    [BF_ERROR_CODE] = STR("error_code"),
	    [BF_STDOUT] = STR("stdout"),
	    [BF_STDERR] = STR("stderr"),
	    [BF_LINES] = STR("lines"),
	    [BF_REFERENCES] = STR("tool_references"),
	};
	_Static_assert(sizeof(names) / sizeof(names[0]) == BF_FIELDS,
		       "one name a field");

	if (reader_recorded(r, &b->at, v) < 0)
		return -1;
	json_fields(r->doc, v, names, BF_FIELDS, b->f);
	return 0;
}

int block_open(struct request_reader *r, jref v, struct block *b)
{
	if (block_fields(r, v, b) < 0)
		return -1;
	if (jdoc_type(r->doc, b->f[BF_TYPE]) != J_STRING)
		return reader_fail(r, &b->at, "type", "Field required");
	return 0;
}

bool block_is(const struct request_reader *r, const struct block *b,
	      const char *type)
{
	return jdoc_string_is(r->doc, b->f[BF_TYPE], type);
}
