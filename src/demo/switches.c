#include "demo/switches.h"

#include <string.h>

#include "base/config.h"

#define AT(field) offsetof(struct switches, field)
#define COUNT	  10000000
#define HOUR_MS	  3600000

static const struct config_row rows[] = {
    {"chunks", CONFIG_INT, AT(chunks), 0, COUNT, NULL, "0",
     "answer with a filler text of so many content frames"},
    {"size", CONFIG_INT, AT(size), 1, 65536, NULL, "8",
     "characters of text in a frame"},
    {"delay", CONFIG_INT, AT(delay), 0, HOUR_MS, NULL, "0",
     "milliseconds between frames"},
    {"first", CONFIG_INT, AT(first), 0, HOUR_MS, NULL, "0",
     "milliseconds before the first frame, or before a whole answer"},
    {"per", CONFIG_INT, AT(per), 0, COUNT, NULL, "0",
     "frames in one write; 0: one with a delay, else up to 16 KB"},
    {"pings", CONFIG_INT, AT(pings), 0, COUNT, NULL, "0",
     "a comment line before every Nth frame; 0: none"},
    {"drip", CONFIG_BOOL, AT(drip), 0, 0, NULL, "no",
     "send the answer byte by byte"},
    {"late_headers", CONFIG_BOOL, AT(late_headers), 0, 0, NULL, "no",
     "send the header with the first frame, not at once"},
    {"status", CONFIG_INT, AT(status), 0, 599, NULL, "0",
     "refuse with this status (400-599)"},
    {"retry_after", CONFIG_INT, AT(retry_after), 0, HOUR_MS, NULL, "0",
     "seconds in a Retry-After field of the refusal"},
    {"message", CONFIG_STRING, AT(message), 0, 0, NULL, "",
     "error.message of the refusal or of the error frame"},
    {"body", CONFIG_STRING, AT(body), 0, 0, NULL, "",
     "whole body of the refusal"},
    {"type", CONFIG_STRING, AT(body_type), 0, 0, NULL, "application/json",
     "content type of the refusal"},
    {"times", CONFIG_INT, AT(times), 0, COUNT, NULL, "0",
     "faults only for the first so many faulty requests; 0: always"},
    {"cut", CONFIG_INT, AT(cut), -1, COUNT, NULL, "-1",
     "close the connection after so many frames"},
    {"reset", CONFIG_BOOL, AT(reset), 0, 0, NULL, "no", "cut by a TCP reset"},
    {"hang", CONFIG_INT, AT(hang), -1, COUNT, NULL, "-1",
     "fall silent after so many frames"},
    {"end", CONFIG_INT, AT(end), -1, COUNT, NULL, "-1",
     "end the stream in good order after so many frames"},
    {"garbage", CONFIG_INT, AT(garbage), -1, COUNT, NULL, "-1",
     "a frame that is no JSON after so many frames"},
    {"error_frame", CONFIG_INT, AT(error_frame), -1, COUNT, NULL, "-1",
     "an error frame after so many frames, and the end"},
    {"no_done", CONFIG_BOOL, AT(no_done), 0, 0, NULL, "no",
     "leave out the last line, [DONE]"},
    {"no_finish", CONFIG_BOOL, AT(no_finish), 0, 0, NULL, "no",
     "leave out the frame with finish_reason"},
    {"no_role", CONFIG_BOOL, AT(no_role), 0, 0, NULL, "no",
     "leave out the first frame, the one with the role"},
    {"json", CONFIG_BOOL, AT(json), 0, 0, NULL, "no",
     "one JSON answer although a stream was asked for"},
    {"crlf", CONFIG_BOOL, AT(crlf), 0, 0, NULL, "no",
     "end the lines of frames by CR LF"},
    {"close", CONFIG_BOOL, AT(close), 0, 0, NULL, "no",
     "close the connection after the answer"},
    {"usage", CONFIG_WORD, AT(usage), 0, 0, "asked|always|finish|none", "asked",
     "when a usage is sent; finish: in the frame with finish_reason"},
    {"calls", CONFIG_WORD, AT(calls), 0, 0,
     "normal|whole|no_index|zero_index|object|same_id|no_id|repeat|broken",
     "normal", "shape of tool calls"},
    {"finish", CONFIG_STRING, AT(finish), 0, 0, NULL, "", "this finish_reason"},
    {"reasoning", CONFIG_WORD, AT(reasoning), 0, 0,
     "reasoning_content|reasoning|tags", "reasoning_content",
     "where the reasoning stands; tags: <think> in the text"},
    {"tokenizer", CONFIG_WORD, AT(tokenizer), 0, 0,
     "all|none|vllm|llamacpp|tgi|messages", "all",
     "whose endpoints for counting tokens are there"},
    {"count", CONFIG_WORD, AT(count), 0, 0, "ok|slow|garbage|404", "ok",
     "how those answer; slow: after 10 s"},
    {"cached", CONFIG_INT, AT(cached), -1, COUNT, NULL, "-1",
     "cached_tokens in the usage"},
    {"context", CONFIG_INT, AT(context), 0, COUNT, NULL, "0",
     "tokens of context; a longer request is refused; 0: no limit"},
};

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

void switches_init(struct switches *s)
{
	config_defaults(s, rows, ROWS);
}

void switches_release(struct switches *s)
{
	config_release(s, rows, ROWS);
}

static struct str quoted(struct str *rest)
{
	char quote = rest->p[0];

	*rest = str_sub(*rest, 1, rest->n);
	return str_cut(rest, quote);
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The next `name=value`; false when there is none. */
static bool next_word(struct str *rest, struct str *name, struct str *value)
{
	size_t n = 0;

	*rest = str_trim(*rest);
	if (rest->n == 0)
		return false;
	while (n < rest->n && rest->p[n] != '=' && !is_space(rest->p[n]))
		n++;
	*name = str_sub(*rest, 0, n);
	*value = STR("yes");
	if (n == rest->n || rest->p[n] != '=') {
		*rest = str_sub(*rest, n, rest->n);
		return true;
	}
	*rest = str_sub(*rest, n + 1, rest->n);
	if (rest->n && (rest->p[0] == '\'' || rest->p[0] == '"')) {
		*value = quoted(rest);
		return true;
	}
	for (n = 0; n < rest->n && !is_space(rest->p[n]);)
		n++;
	*value = str_sub(*rest, 0, n);
	*rest = str_sub(*rest, n, rest->n);
	return true;
}

int switches_apply(struct switches *s, struct str words, struct err *e)
{
	struct str name, value;

	while (next_word(&words, &name, &value)) {
		if (config_set(s, rows, ROWS, name, value, e) < 0)
			return -1;
	}
	return 0;
}

struct str switches_cut(struct str *rest, struct str *words)
{
	const struct str open = STR("[[demo:"), close = STR("]]");
	struct str whole = *rest, inside;
	size_t from = str_find(whole, open), to;

	*words = STR_NONE;
	*rest = STR_NONE;
	if (from == SIZE_MAX)
		return whole;
	inside = str_sub(whole, from + open.n, whole.n);
	to = str_find(inside, close);
	if (to == SIZE_MAX)
		return whole;
	*words = str_sub(inside, 0, to);
	*rest = str_sub(inside, to + close.n, inside.n);
	return str_sub(whole, 0, from);
}

int switches_apply_text(struct switches *s, struct str text, struct err *e)
{
	while (text.n) {
		struct str words;

		switches_cut(&text, &words);
		if (switches_apply(s, words, e) < 0)
			return -1;
	}
	return 0;
}

bool switches_have_fault(const struct switches *s)
{
	return s->status || s->cut >= 0 || s->hang >= 0 || s->end >= 0 ||
	       s->garbage >= 0 || s->error_frame >= 0;
}

void switches_clear_faults(struct switches *s)
{
	s->status = 0;
	s->cut = s->hang = s->end = s->garbage = s->error_frame = -1;
}

void switches_help(struct buf *out)
{
	for (size_t i = 0; i < ROWS; i++) {
		const struct config_row *r = &rows[i];

		buf_addf(out, "  %-13s %s", r->name, r->help);
		if (r->choices)
			buf_addf(out, " (%s)", r->choices);
		if (r->fallback[0])
			buf_addf(out, " [%s]", r->fallback);
		buf_addc(out, '\n');
	}
}
