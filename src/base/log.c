#include "base/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"

enum { LINE_BYTES = 8192 };

static _Atomic int log_fd = STDERR_FILENO;
static _Atomic int log_max = LOG_INFO;

static const char *const level_names[] = {
    [LOG_ERROR] = "error",
    [LOG_WARN] = "warn",
    [LOG_INFO] = "info",
    [LOG_DEBUG] = "debug",
};

void log_init(int fd, enum log_level level)
{
	log_fd = fd;
	log_max = (int)level;
}

void log_set_level(enum log_level level)
{
	log_max = (int)level;
}

void log_reopen(int fd)
{
	log_fd = fd;
}

bool log_enabled(enum log_level level)
{
	return (int)level <= log_max;
}

int log_level_parse(struct str word, enum log_level *out)
{
	for (int i = LOG_ERROR; i <= LOG_DEBUG; i++) {
		if (str_is(word, level_names[i])) {
			*out = (enum log_level)i;
			return 0;
		}
	}
	return -1;
}

void log_begin(struct logline *l, enum log_level level, const char *event)
{
	char now[CLOCK_ISO_BYTES];

	buf_init(&l->text, LINE_BYTES);
	l->on = log_enabled(level);
	if (!l->on)
		return;
	clock_iso(clock_wall_ms(), now);
	buf_addf(&l->text, "%s %s %s", now, level_names[level], event);
}

static bool needs_quotes(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c <= ' ' || c >= 0x7f || c == '"' || c == '\\' || c == '=')
			return true;
	}
	return s.n == 0;
}

/* Bytes of a character that a terminal or an editor obeys instead of showing
 * it, at the front of s: C1 controls (U+009B begins escape sequences), line
 * and paragraph separators, changes of direction.  0: none. */
static size_t unprintable(struct str s)
{
	const unsigned char *p = (const unsigned char *)s.p;

	if (s.n >= 2 && p[0] == 0xc2 && p[1] >= 0x80 && p[1] <= 0x9f)
		return 2;
	if (s.n >= 3 && p[0] == 0xe2 &&
	    ((p[1] == 0x80 && p[2] >= 0xa8 && p[2] <= 0xae) ||
	     (p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9)))
		return 3;
	return 0;
}

static void add_quoted(struct buf *out, struct str value)
{
	struct buf clean = BUF_INIT(value.n);

	while (value.n) {
		size_t n = unprintable(value);

		buf_addc(&clean, n ? '?' : value.p[0]);
		value = str_sub(value, n ? n : 1, value.n);
	}
	buf_json(out, buf_str(&clean));
	buf_release(&clean);
}

void log_str(struct logline *l, const char *key, struct str value)
{
	/* A line stays readable whatever a client sends as a name. */
	enum { VALUE_BYTES = 1024 };

	if (!l->on)
		return;
	if (value.n > VALUE_BYTES)
		value.n = str_utf8_floor(value, VALUE_BYTES);
	buf_addc(&l->text, ' ');
	buf_adds(&l->text, key);
	buf_addc(&l->text, '=');
	if (needs_quotes(value))
		add_quoted(&l->text, value);
	else
		buf_addstr(&l->text, value);
}

void log_cstr(struct logline *l, const char *key, const char *value)
{
	log_str(l, key, str_of(value));
}

void log_int(struct logline *l, const char *key, int64_t value)
{
	if (!l->on)
		return;
	buf_addc(&l->text, ' ');
	buf_adds(&l->text, key);
	buf_addc(&l->text, '=');
	buf_addi(&l->text, value);
}

void log_end(struct logline *l)
{
	if (l->on) {
		ssize_t n;

		if (!buf_ok(&l->text))
			l->text.full = false; /* the newline must fit */
		if (l->text.len == LINE_BYTES)
			l->text.len--;
		buf_addc(&l->text, '\n');
		n = write(log_fd, l->text.data, l->text.len);
		(void)n; /* there is nowhere else to complain */
	}
	buf_release(&l->text);
}

void log_note(enum log_level level, const char *event, const char *fmt, ...)
{
	char text[1024];
	struct logline l;
	va_list ap;

	if (!log_enabled(level))
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	log_begin(&l, level, event);
	log_cstr(&l, "text", text);
	log_end(&l);
}
