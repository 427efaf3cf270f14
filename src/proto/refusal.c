#include "proto/refusal.h"

#include "proto/openai_request.h"

enum { TEXT_BYTES = 4096 };

enum certainty {
	NAMED,	  /* to be mentioned is enough */
	REFUSED,  /* the text must also speak of a refusal */
	ADDRESSED /* a common word: it must stand where a parameter does */
};

/* Those without a bit are the client's own and are never dropped. */
static const struct {
	struct str name;
	unsigned bit;
	enum certainty certainty;
} params[] = {
    {{"stream_options", 14}, PARAM_STREAM_OPTIONS, NAMED},
    {{"continuous_usage_stats", 22}, PARAM_CONTINUOUS_USAGE, NAMED},
    {{"chat_template_kwargs", 20}, PARAM_TEMPLATE_KWARGS, NAMED},
    {{"reasoning_effort", 16}, PARAM_REASONING_EFFORT, NAMED},
    {{"parallel_tool_calls", 19}, PARAM_PARALLEL_TOOLS, NAMED},
    {{"top_k", 5}, PARAM_TOP_K, REFUSED},
    {{"max_tokens", 10}, PARAM_MAX_TOKENS, REFUSED},
    {{"max_completion_tokens", 21}, PARAM_MAX_COMPLETION_TOKENS, REFUSED},
    {{"user", 4}, PARAM_USER, ADDRESSED},
    {{"response_format", 15}, 0, NAMED},
    {{"tool_choice", 11}, 0, NAMED},
};
enum { PARAMS = sizeof(params) / sizeof(params[0]) };

static const char *const refusals[] = {
    "unsupported",    "not support",   "unrecognized",	"unknown",
    "unexpected",     "extra",	       "not permitted", "not allowed",
    "does not exist", "is deprecated", "no longer",	"additional propert",
};

/* What stands before the name of a parameter, quotes aside. */
static const char *const addresses[] = {
    "parameter: ",  "parameter ",
    "parameters: ", "argument ",
    "argument: ",   "arguments: ",
    "field ",	    "field: ",
    "body.",	    "supplied: ",
    "property ",    "body, ",
    "key ",	    "properties are not allowed (",
};

static bool is_word_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '_';
}

/* Place of the whole word in s from `from` on, or SIZE_MAX. */
static size_t find_word(struct str s, struct str word, size_t from)
{
	while (from < s.n) {
		size_t at = str_find(str_sub(s, from, s.n), word);

		if (at == SIZE_MAX)
			return SIZE_MAX;
		at += from;
		if ((at == 0 || !is_word_char(s.p[at - 1])) &&
		    (at + word.n == s.n || !is_word_char(s.p[at + word.n])))
			return at;
		from = at + 1;
	}
	return SIZE_MAX;
}

static bool speaks_of_refusal(struct str text)
{
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		if (str_ifind(text, str_of(refusals[i])) != SIZE_MAX)
			return true;
	}
	return false;
}

/* s, up to the name, ends with words that a parameter's name follows. */
static bool is_address(struct str s)
{
	while (s.n && (s.p[s.n - 1] == '\'' || s.p[s.n - 1] == '"' ||
		       s.p[s.n - 1] == '`'))
		s.n--;
	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		struct str a = str_of(addresses[i]);

		if (s.n >= a.n && str_ieq(str_sub(s, s.n - a.n, s.n), a))
			return true;
	}
	return false;
}

static size_t find_addressed(struct str text, struct str word)
{
	size_t at = find_word(text, word, 0);

	while (at != SIZE_MAX && !is_address(str_sub(text, 0, at)))
		at = find_word(text, word, at + 1);
	return at;
}

/* Some backends quote the whole request behind "input": that is not theirs. */
static struct str own_words(struct str text)
{
	static const struct str quotes[] = {{"'input':", 8}, {"\"input\":", 8}};

	text = str_sub(text, 0, TEXT_BYTES);
	for (size_t i = 0; i < 2; i++)
		text = str_sub(text, 0, str_find(text, quotes[i]));
	return text;
}

static unsigned named_by_text(struct str text)
{
	bool refused = speaks_of_refusal(text);
	size_t first = SIZE_MAX;
	unsigned bit = 0;

	/* A member of stream_options, whose name stands before it. */
	if (find_word(text, STR("continuous_usage_stats"), 0) != SIZE_MAX)
		return PARAM_CONTINUOUS_USAGE;
	for (size_t i = 0; i < PARAMS; i++) {
		size_t at = params[i].certainty == ADDRESSED
				? find_addressed(text, params[i].name)
				: find_word(text, params[i].name, 0);

		if (at >= first || (params[i].certainty != NAMED && !refused))
			continue;
		first = at;
		bit = params[i].bit;
	}
	return bit;
}

unsigned refusal_read(const struct error_facts *f)
{
	struct str text = own_words(buf_str(&f->text));

	for (size_t i = 0; i < PARAMS; i++) {
		if (str_is(params[i].name, f->param) &&
		    (params[i].certainty == NAMED || speaks_of_refusal(text)))
			return params[i].bit;
	}
	return named_by_text(text);
}

const char *refusal_name(unsigned bit)
{
	for (size_t i = 0; i < PARAMS; i++) {
		if (bit && params[i].bit == bit)
			return params[i].name.p;
	}
	return NULL;
}

unsigned refusal_bit(struct str name)
{
	for (size_t i = 0; i < PARAMS; i++) {
		if (str_eq(params[i].name, name))
			return params[i].bit;
	}
	return 0;
}
