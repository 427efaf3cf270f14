#include "base/jscan.h"

#include <string.h>

#include "base/mem.h"
#include "base/utf16.h"

const struct jlimits jscan_request_limits = {
    .depth = 256, .recorded = 12, .tokens = 4000000};

struct scan {
	struct jdoc *d;
	const unsigned char *p, *end;
	const struct jlimits *limits;
	struct jerror *why;
	unsigned depth;
};

static int scan_value(struct scan *s);

static int fail(struct scan *s, const char *detail)
{
	s->why->detail = detail;
	s->why->at = (size_t)(s->p - (const unsigned char *)s->d->src.p);
	return -1;
}

static void skip_space(struct scan *s)
{
	while (s->p < s->end && (*s->p == ' ' || *s->p == '\n' ||
				 *s->p == '\r' || *s->p == '\t'))
		s->p++;
}

static bool recorded(const struct scan *s)
{
	return s->depth <= s->limits->recorded;
}

/* Index of the new token, or JNONE past the ceiling. */
static jref push(struct scan *s, enum jtype type)
{
	struct jdoc *d = s->d;

	if (d->ntok >= s->limits->tokens) {
		fail(s, "too many values");
		return JNONE;
	}
	if (d->ntok == d->cap) {
		d->cap = d->cap ? d->cap * 2 : 64;
		d->tok = mem_realloc(d->tok, d->cap * sizeof(*d->tok));
	}
	d->tok[d->ntok] = (struct jtok){
	    .begin = (uint32_t)(s->p - (const unsigned char *)d->src.p),
	    .type = (uint8_t)type};
	return d->ntok++;
}

static void finish(struct scan *s, jref v, unsigned flags)
{
	struct jtok *t = &s->d->tok[v];

	t->end = (uint32_t)(s->p - (const unsigned char *)s->d->src.p);
	t->next = s->d->ntok;
	t->flags = (uint8_t)flags;
}

/* After a backslash; adds JSCAN_LONE to *flags where one stands. */
static int scan_escape(struct scan *s, unsigned *flags)
{
	int v;

	*flags |= JSCAN_ESCAPED;
	if (s->p >= s->end)
		return fail(s, "unterminated string");
	if (*s->p != 'u') {
		if (!memchr("\"\\/bfnrt", *s->p, 8))
			return fail(s, "unknown escape in a string");
		s->p++;
		return 0;
	}
	v = utf16_hex4(s->p + 1, s->end);
	if (v < 0)
		return fail(s, "malformed \\u escape");
	s->p += 5;
	if (utf16_is_high(v) && s->end - s->p >= 6 && s->p[0] == '\\' &&
	    s->p[1] == 'u' && utf16_is_low(utf16_hex4(s->p + 2, s->end)))
		s->p += 6;
	else if (utf16_is_high(v) || utf16_is_low(v))
		*flags |= JSCAN_LONE;
	return 0;
}

static int scan_wide(struct scan *s)
{
	struct str rest = {(const char *)s->p, (size_t)(s->end - s->p)};

	if (rest.n > 4)
		rest.n = 4;
	/* One character at least must be whole. */
	for (size_t n = 2; n <= rest.n; n++) {
		if (str_utf8_valid(str_sub(rest, 0, n)) == n) {
			s->p += n;
			return 0;
		}
	}
	return fail(s, "invalid UTF-8");
}

static int scan_chars(struct scan *s, unsigned *flags)
{
	s->p++;
	for (;;) {
		while (s->p < s->end && *s->p >= 0x20 && *s->p < 0x80 &&
		       *s->p != '"' && *s->p != '\\')
			s->p++;
		if (s->p >= s->end)
			return fail(s, "unterminated string");
		if (*s->p == '"') {
			s->p++;
			return 0;
		}
		if (*s->p < 0x20)
			return fail(s, "control character in a string");
		if (*s->p == '\\') {
			s->p++;
			if (scan_escape(s, flags) < 0)
				return -1;
		} else if (scan_wide(s) < 0) {
			return -1;
		}
	}
}

static int scan_string(struct scan *s)
{
	unsigned flags = 0;
	jref v = JNONE;

	if (s->p >= s->end || *s->p != '"')
		return fail(s, "expected a string");
	if (recorded(s)) {
		v = push(s, J_STRING);
		if (v == JNONE)
			return -1;
	}
	if (scan_chars(s, &flags) < 0)
		return -1;
	if (v != JNONE)
		finish(s, v, flags);
	return 0;
}

static size_t digits(struct scan *s)
{
	const unsigned char *from = s->p;

	while (s->p < s->end && *s->p >= '0' && *s->p <= '9')
		s->p++;
	return (size_t)(s->p - from);
}

static int scan_number_chars(struct scan *s)
{
	if (*s->p == '-')
		s->p++;
	if (s->p < s->end && *s->p == '0')
		s->p++;
	else if (digits(s) == 0)
		return fail(s, "malformed number");
	if (s->p < s->end && *s->p == '.') {
		s->p++;
		if (digits(s) == 0)
			return fail(s, "malformed number");
	}
	if (s->p < s->end && (*s->p | 32) == 'e') {
		s->p++;
		if (s->p < s->end && (*s->p == '+' || *s->p == '-'))
			s->p++;
		if (digits(s) == 0)
			return fail(s, "malformed number");
	}
	return 0;
}

static int scan_scalar(struct scan *s)
{
	static const struct {
		struct str word;
		enum jtype type;
	} words[] = {{{"null", 4}, J_NULL},
		     {{"true", 4}, J_TRUE},
		     {{"false", 5}, J_FALSE}};
	struct str rest = {(const char *)s->p, (size_t)(s->end - s->p)};
	bool number = *s->p == '-' || (*s->p >= '0' && *s->p <= '9');
	enum jtype type = number ? J_NUMBER : J_NONE;
	size_t skip = 0;
	jref v;

	for (size_t i = 0; !number && i < 3; i++) {
		if (str_starts(rest, words[i].word)) {
			type = words[i].type;
			skip = words[i].word.n;
		}
	}
	if (type == J_NONE)
		return fail(s, "unexpected character");
	v = recorded(s) ? push(s, type) : 0;
	if (v == JNONE)
		return -1;
	if (number && scan_number_chars(s) < 0)
		return -1;
	s->p += skip;
	if (recorded(s))
		finish(s, v, 0);
	return 0;
}

static int scan_member(struct scan *s)
{
	if (scan_string(s) < 0)
		return -1;
	skip_space(s);
	if (s->p >= s->end || *s->p != ':')
		return fail(s, "expected ':'");
	s->p++;
	return scan_value(s);
}

/* From the opening bracket through the closing one. */
static int scan_inside(struct scan *s, bool object)
{
	unsigned char close = object ? '}' : ']';

	s->p++;
	skip_space(s);
	if (s->p < s->end && *s->p == close) {
		s->p++;
		return 0;
	}
	for (;;) {
		skip_space(s);
		if ((object ? scan_member(s) : scan_value(s)) < 0)
			return -1;
		skip_space(s);
		if (s->p < s->end && *s->p == ',') {
			s->p++;
			continue;
		}
		if (s->p >= s->end)
			return fail(s, "unexpected end");
		if (*s->p != close)
			return fail(s, object ? "expected ',' or '}'"
					      : "expected ',' or ']'");
		s->p++;
		return 0;
	}
}

static int scan_container(struct scan *s)
{
	bool object = *s->p == '{', keep = recorded(s);
	unsigned flags;
	jref v = keep ? push(s, object ? J_OBJECT : J_ARRAY) : 0;

	if (v == JNONE)
		return -1;
	if (s->depth >= s->limits->depth)
		return fail(s, "nested too deeply");
	s->depth++;
	flags = recorded(s) ? 0 : JSCAN_OPAQUE;
	if (scan_inside(s, object) < 0)
		return -1;
	s->depth--;
	if (keep)
		finish(s, v, flags);
	return 0;
}

static int scan_value(struct scan *s)
{
	skip_space(s);
	if (s->p >= s->end)
		return fail(s, "unexpected end");
	if (*s->p == '{' || *s->p == '[')
		return scan_container(s);
	if (*s->p == '"')
		return scan_string(s);
	return scan_scalar(s);
}

void jdoc_init(struct jdoc *d)
{
	*d = (struct jdoc){.src = STR_NONE};
}

void jdoc_release(struct jdoc *d)
{
	mem_free(d->tok);
	jdoc_init(d);
}

int jdoc_parse(struct jdoc *d, struct str src, const struct jlimits *limits,
	       struct jerror *why)
{
	struct scan s = {.d = d,
			 .p = (const unsigned char *)src.p,
			 .end = (const unsigned char *)src.p + src.n,
			 .limits = limits,
			 .why = why};
	int rc;

	d->src = src;
	d->ntok = 0;
	if (src.n >= UINT32_MAX) {
		rc = fail(&s, "too long");
	} else {
		rc = scan_value(&s);
		if (rc == 0) {
			skip_space(&s);
			if (s.p != s.end)
				rc = fail(&s, "trailing characters");
		}
	}
	if (rc < 0)
		d->ntok = 0;
	return rc;
}
