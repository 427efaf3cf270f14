#include "demo/prompt.h"

#include <string.h>

#include "demo/switches.h"

/* Client programs put notes for the model into the user's message. */
static struct str cut_reminder(struct str *rest)
{
	const struct str open = STR("<system-reminder>");
	const struct str close = STR("</system-reminder>");
	struct str whole = *rest;
	size_t from = str_find(whole, open), to;

	*rest = STR_NONE;
	if (from == SIZE_MAX)
		return whole;
	to = str_find(str_sub(whole, from, whole.n), close);
	if (to == SIZE_MAX)
		return whole;
	*rest = str_sub(whole, from + to + close.n, whole.n);
	return str_sub(whole, 0, from);
}

static void strip(struct buf *out, struct str user)
{
	struct buf once = BUF_INIT(user.n);
	struct str rest, words;

	while (user.n)
		buf_addstr(&once, switches_cut(&user, &words));
	rest = buf_str(&once);
	while (rest.n)
		buf_addstr(out, cut_reminder(&rest));
	buf_release(&once);
}

static bool is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
}

/* Length of the object at the start of s, 0 when it is none or has no end. */
static size_t object_length(struct str s)
{
	size_t depth = 0;
	bool quoted = false;

	if (s.n == 0 || s.p[0] != '{')
		return 0;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (quoted && c == '\\')
			i++;
		else if (c == '"')
			quoted = !quoted;
		else if (!quoted && c == '{')
			depth++;
		else if (!quoted && c == '}' && --depth == 0)
			return i + 1;
	}
	return 0;
}

/* Reads the call whose name begins at `at`; returns where it ends. */
static size_t read_call(struct prompt *p, struct str text, size_t at)
{
	struct wanted_call *call = &p->call[p->ncalls];
	size_t end = at;

	while (end < text.n && is_name_char(text.p[end]))
		end++;
	*call = (struct wanted_call){.name_at = at, .name_n = end - at};
	if (call->name_n == 0)
		return at;
	p->ncalls++;
	at = end;
	while (at < text.n && text.p[at] == ' ')
		at++;
	call->args_at = at;
	call->args_n = object_length(str_sub(text, at, text.n));
	return call->args_n ? at + call->args_n : end;
}

/* Appends to out what of the text is no call. */
static void take_calls(struct prompt *p, struct buf *out)
{
	const struct str word = STR("call tool ");
	struct str text = buf_str(&p->text);
	size_t at = 0;

	while (at < text.n && p->ncalls < PROMPT_CALLS) {
		struct str rest = str_sub(text, at, text.n);
		size_t from = str_find(rest, word);

		if (from == SIZE_MAX)
			break;
		buf_addstr(out, str_sub(rest, 0, from));
		at = read_call(p, text, at + from + word.n);
	}
	buf_addstr(out, str_sub(text, at, text.n));
}

static void add_line(struct buf *out, struct str line)
{
	if (out->len)
		buf_addc(out, '\n');
	buf_addstr(out, line);
}

static void take_thoughts(struct prompt *p, struct str text)
{
	const struct str word = STR("think:");

	while (text.n) {
		struct str line = str_cut(&text, '\n');
		struct str plain = str_trim(line);

		if (str_starts(plain, word))
			add_line(&p->think,
				 str_trim(str_sub(plain, word.n, plain.n)));
		else
			add_line(&p->rest, line);
	}
}

void prompt_read(struct prompt *p, struct str user, bool with_calls)
{
	struct buf calm = BUF_INIT(user.n + 1);

	*p = (struct prompt){.text = BUF_INIT(user.n + 1),
			     .think = BUF_INIT(user.n + 1),
			     .rest = BUF_INIT(user.n + 1)};
	strip(&p->text, user);
	if (with_calls)
		take_calls(p, &calm);
	else
		buf_addstr(&calm, buf_str(&p->text));
	take_thoughts(p, buf_str(&calm));
	buf_release(&calm);
}

void prompt_release(struct prompt *p)
{
	buf_release(&p->text);
	buf_release(&p->think);
	buf_release(&p->rest);
}

struct str prompt_call_name(const struct prompt *p, size_t i)
{
	const struct wanted_call *c = &p->call[i];

	return str_sub(buf_str(&p->text), c->name_at, c->name_at + c->name_n);
}

struct str prompt_call_args(const struct prompt *p, size_t i)
{
	const struct wanted_call *c = &p->call[i];

	if (c->args_n == 0)
		return STR("{}");
	return str_sub(buf_str(&p->text), c->args_at, c->args_at + c->args_n);
}
