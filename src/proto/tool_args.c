#include "proto/tool_args.h"

#include <string.h>

#include "proto/surrogates.h"

enum { ARGS_DEPTH = 256 };

static const struct jlimits args_limits = {
    .depth = ARGS_DEPTH, .recorded = 0, .tokens = 16};

static bool is_space(unsigned char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static size_t count_rest(struct str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += !is_space((unsigned char)s.p[i]);
	return n;
}

/* One byte inside of a string; true when it must be escaped. */
static bool string_byte(struct tool_args *a, unsigned char c)
{
	if (a->escaped) {
		a->escaped = false;
		return false;
	}
	if (c == '\\') {
		a->escaped = true;
	} else if (c == '"') {
		a->in_string = false;
		a->complete = a->depth == 0;
	}
	return c < 0x20;
}

static void value_byte(struct tool_args *a, unsigned char c)
{
	if (c == '"') {
		a->in_string = true;
	} else if (c == '{' || c == '[') {
		a->depth++;
	} else if ((c == '}' || c == ']') && a->depth) {
		a->depth--;
		a->complete = a->depth == 0;
	}
}

size_t tool_args_feed(struct tool_args *a, struct str bytes, struct buf *out)
{
	size_t settled = out->len - (a->part < out->len ? a->part : out->len);
	size_t i = 0, from;

	while (a->kind == ARGS_EMPTY && i < bytes.n &&
	       is_space((unsigned char)bytes.p[i]))
		i++;
	if (a->kind == ARGS_EMPTY && i < bytes.n)
		a->kind = bytes.p[i] == '{' ? ARGS_OBJECT : ARGS_OTHER;
	from = i;
	for (; i < bytes.n && !a->complete; i++) {
		unsigned char c = (unsigned char)bytes.p[i];

		if (!a->in_string) {
			value_byte(a, c);
		} else if (string_byte(a, c)) {
			buf_add(out, bytes.p + from, i - from);
			buf_json_chars(out, str_sub(bytes, i, i + 1));
			from = i + 1;
		}
	}
	buf_add(out, bytes.p + from, i - from);
	a->part = 0;
	if (out->len > settled)
		a->part =
		    surrogates_mend(out->data + settled, out->len - settled);
	return count_rest(str_sub(bytes, i, bytes.n));
}

static void add_json(struct buf *out, struct str json)
{
	size_t at = out->len;

	buf_addstr(out, json);
	if (out->len > at)
		surrogates_mend(out->data + at, out->len - at);
}

static bool parses(struct jdoc *d, struct str text)
{
	struct jerror why;

	return jdoc_parse(d, text, &args_limits, &why) == 0;
}

/* The object inside of a JSON string (double encoding); false: there is none.
 */
static bool add_encoded_object(struct buf *out, struct jdoc *d)
{
	struct buf inner;
	bool found;

	buf_init(&inner, jdoc_chars(d, 0).n);
	jscan_unescape(&inner, jdoc_chars(d, 0), NULL);
	found = parses(d, buf_str(&inner)) && jdoc_type(d, 0) == J_OBJECT;
	if (found)
		add_json(out, jdoc_raw(d, 0));
	buf_release(&inner);
	return found;
}

static void add_parsed(struct buf *out, struct str args, struct jdoc *d)
{
	enum jtype type = jdoc_type(d, 0);

	if (type == J_OBJECT) {
		add_json(out, args);
	} else if (type == J_NULL) {
		buf_adds(out, "{}");
	} else if (type != J_STRING || !add_encoded_object(out, d)) {
		buf_adds(out, "{\"value\":");
		add_json(out, args);
		buf_addc(out, '}');
	}
}

/* What was open at the end of a text that is cut. */
struct cut_end {
	char closers[ARGS_DEPTH];
	size_t depth;
	bool in_string, escaped;
	bool impossible; /* too deep, or brackets that do not match */
};

static void cut_byte(struct cut_end *c, char byte)
{
	if (c->in_string) {
		if (c->escaped)
			c->escaped = false;
		else if (byte == '\\')
			c->escaped = true;
		else if (byte == '"')
			c->in_string = false;
	} else if (byte == '"') {
		c->in_string = true;
	} else if (byte == '{' || byte == '[') {
		c->impossible |= c->depth == ARGS_DEPTH;
		if (!c->impossible)
			c->closers[c->depth++] = byte == '{' ? '}' : ']';
	} else if (byte == '}' || byte == ']') {
		c->impossible |=
		    c->depth == 0 || c->closers[--c->depth] != byte;
	}
}

/* text, its open string ended, and the brackets; middle completes a member. */
static bool try_close(struct buf *b, struct str text, const char *middle,
		      const struct cut_end *c, struct jdoc *d)
{
	buf_reset(b);
	buf_addstr(b, text);
	if (c->in_string)
		buf_addc(b, '"');
	buf_adds(b, middle);
	for (size_t i = c->depth; i > 0; i--)
		buf_addc(b, c->closers[i - 1]);
	return buf_ok(b) && parses(d, buf_str(b)) &&
	       jdoc_type(d, 0) == J_OBJECT;
}

/* A \u escape with fewer than four digits, or a lone backslash, at the end. */
static struct str drop_escape(struct str text, const struct cut_end *c)
{
	size_t slash = text.n;

	if (!c->in_string)
		return text;
	if (c->escaped)
		return str_sub(text, 0, text.n - 1);
	for (size_t back = 1; back <= 5 && back < text.n; back++) {
		if (text.p[text.n - back] == '\\') {
			slash = text.n - back;
			break;
		}
	}
	if (slash < text.n && slash + 1 < text.n && text.p[slash + 1] == 'u' &&
	    text.n - slash < 6)
		return str_sub(text, 0, slash);
	return text;
}

static bool add_repaired(struct buf *out, struct str args, struct jdoc *d)
{
	static const char *const middles[] = {"", ":null", "null"};
	struct cut_end c = {.depth = 0};
	struct buf b;
	bool done = false;

	for (size_t i = 0; i < args.n && !c.impossible; i++)
		cut_byte(&c, args.p[i]);
	if (c.impossible || args.n == 0 || args.p[0] != '{')
		return false;
	args = drop_escape(args, &c);
	if (!c.in_string) {
		args = str_trim(args);
		if (args.p[args.n - 1] == ',')
			args = str_sub(args, 0, args.n - 1);
	}
	buf_init(&b, args.n + ARGS_DEPTH + 16);
	for (size_t i = 0; i < 3 && !done; i++)
		done = try_close(&b, args, middles[i], &c, d);
	if (done)
		add_json(out, buf_str(&b));
	buf_release(&b);
	return done;
}

enum tool_input tool_args_input(struct buf *out, struct str args, bool cut,
				struct jdoc *scratch)
{
	args = str_trim(args);
	if (args.n == 0) {
		buf_adds(out, "{}");
		return INPUT_AS_IS;
	}
	if (parses(scratch, args)) {
		add_parsed(out, args, scratch);
		return INPUT_AS_IS;
	}
	if (cut && add_repaired(out, args, scratch))
		return INPUT_REPAIRED;
	buf_adds(out, "{\"raw_arguments\":");
	buf_json(out, args);
	buf_addc(out, '}');
	return INPUT_RAW;
}
