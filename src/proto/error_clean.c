/* Error texts of backends, fit for clients: proto/error_facts.h. */
#include "proto/error_facts.h"

static const struct str key_mark = {"[key removed]", 13};
static const struct str host_mark = {"[address removed]", 17};

static bool is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_key_char(char c)
{
	return is_alnum(c) ||
	       (c && c < 0x7f && c > 0x20 && c != '"' && c != '\'' &&
		c != ',' && c != ')' && c != ']' && c != '}' && c != ';' &&
		c != '`' && c != '>' && c != '<');
}

static size_t run_of(struct str s, bool (*is)(char c))
{
	size_t n = 0;

	while (n < s.n && is(s.p[n]))
		n++;
	return n;
}

static size_t count_digits(struct str s, size_t n)
{
	size_t digits = 0;

	for (size_t i = 0; i < n; i++)
		digits += is_digit(s.p[i]);
	return digits;
}

/* What begins a key: at least eight characters more make it one. */
static const struct str key_starts[] = {
    {"sk-", 3},	 {"hf_", 3}, {"gsk_", 4}, {"xai-", 4},	 {"pk-", 3},
    {"AIza", 4}, {"eyJ", 3}, {"ghp_", 4}, {"nvapi-", 6},
};

static size_t known_key(struct str s)
{
	for (size_t i = 0; i < sizeof(key_starts) / sizeof(key_starts[0]);
	     i++) {
		size_t n = run_of(s, is_key_char);

		if (str_starts(s, key_starts[i]) && n >= key_starts[i].n + 8)
			return n;
	}
	return 0;
}

/* Words whose value is a secret, when one of ":= " follows. */
static const struct str secret_words[] = {
    {"authorization", 13}, {"proxy-authorization", 19},
    {"x-api-key", 9},	   {"api-key", 7},
    {"api_key", 7},	   {"apikey", 6},
    {"access_token", 12},  {"password", 8},
    {"bearer", 6},
};

static bool is_between(char c)
{
	return c == ' ' || c == '"' || c == '\'' || c == ':' || c == '=';
}

/* Bytes of the word and what stands between it and the value; *value is the
 * length of the value. */
static size_t named_secret(struct str s, size_t *value)
{
	for (size_t i = 0; i < sizeof(secret_words) / sizeof(secret_words[0]);
	     i++) {
		struct str word = secret_words[i];
		bool bearer = str_is(word, "bearer");
		struct str rest = str_sub(s, word.n, s.n);
		size_t gap = run_of(rest, is_between);

		if (!str_istarts(s, word) || gap == 0)
			continue;
		if (!bearer &&
		    str_find(str_sub(rest, 0, gap), STR(":")) == SIZE_MAX &&
		    str_find(str_sub(rest, 0, gap), STR("=")) == SIZE_MAX)
			continue;
		rest = str_sub(rest, gap, rest.n);
		if (!bearer && str_istarts(rest, STR("bearer "))) {
			gap += 7;
			rest = str_sub(rest, 7, rest.n);
		}
		*value = run_of(rest, is_key_char);
		/* "bearer" alone may begin an ordinary sentence. */
		if (*value &&
		    (!bearer || (*value >= 8 && count_digits(rest, *value))))
			return word.n + gap;
	}
	return 0;
}

/* A long run of letters and digits mixed is no word. */
static size_t random_run(struct str s)
{
	size_t n = run_of(s, is_alnum);
	size_t digits = count_digits(s, n);

	return n >= 32 && digits >= 4 && n - digits >= 4 ? n : 0;
}

static size_t scheme_url(struct str s)
{
	size_t n = run_of(s, is_alnum);

	if (n == 0 || !str_starts(str_sub(s, n, s.n), STR("://")))
		return 0;
	return n + 3 + run_of(str_sub(s, n + 3, s.n), is_key_char);
}

static bool is_host_char(char c)
{
	return is_alnum(c) || c == '.' || c == '-' || c == '_';
}

/* a.b.c.d, localhost, or name:port where the name has a dot or a hyphen; not
 * the name of a model and its size, qwen2.5:32b. */
static size_t bare_host(struct str s)
{
	size_t n = run_of(s, is_host_char), dots = 0, letters = 0, port = 0;

	for (size_t i = 0; i < n; i++) {
		dots += s.p[i] == '.' || s.p[i] == '-';
		letters += is_alnum(s.p[i]) && !is_digit(s.p[i]);
	}
	if (n < s.n && s.p[n] == ':')
		port = run_of(str_sub(s, n + 1, s.n), is_digit);
	if (n + 1 + port < s.n && is_alnum(s.p[n + 1 + port]))
		port = 0;
	if (port >= 3 && port <= 5 && letters && dots)
		return n + 1 + port;
	if (str_is(str_sub(s, 0, n), "localhost") ||
	    (letters == 0 && dots == 3 && s.p[0] != '.' && n >= 7 &&
	     s.p[n - 1] != '.'))
		return n + (port ? 1 + port : 0);
	return 0;
}

/* At the start of a word: what to put in its place; 0 bytes: nothing. */
static size_t to_remove(struct str s, struct str *mark)
{
	size_t n = known_key(s);

	if (n == 0)
		n = random_run(s);
	*mark = key_mark;
	if (n)
		return n;
	*mark = host_mark;
	n = scheme_url(s);
	return n ? n : bare_host(s);
}

/* One step: what stands at the front of s, cleaned; returns its length. */
static size_t clean_word(struct buf *out, struct str s)
{
	struct str mark;
	size_t value = 0, n = named_secret(s, &value);

	if (n) {
		buf_add(out, s.p, n);
		buf_addstr(out, key_mark);
		return n + value;
	}
	n = to_remove(s, &mark);
	if (n) {
		buf_addstr(out, mark);
		return n;
	}
	n = run_of(s, is_host_char);
	buf_add(out, s.p, n);
	return n;
}

void error_clean(struct buf *out, struct str text, size_t max)
{
	struct buf b = BUF_INIT(2 * max + 4096);
	struct str s = str_sub(str_trim(text), 0, max + 2048);

	while (s.n && b.len < max) {
		size_t n = 1;
		unsigned char c = (unsigned char)s.p[0];

		if (is_alnum(s.p[0]))
			n = clean_word(&b, s);
		else if (c >= 0x20 || c == '\n' || c == '\t')
			buf_addc(&b, s.p[0]);
		else
			buf_addc(&b, ' ');
		s = str_sub(s, n, s.n);
	}
	s = buf_str(&b);
	s.n = str_utf8_floor(s, max);
	s.n = str_utf8_valid(s);
	buf_addstr(out, s);
	buf_release(&b);
}
