#include "base/err.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

static const struct {
	int status;
	const char *type;
} kinds[] = {
    [ERR_NONE] = {0, ""},
    [ERR_BAD_REQUEST] = {400, "invalid_request_error"},
    [ERR_AUTH] = {401, "authentication_error"},
    [ERR_BILLING] = {402, "billing_error"},
    [ERR_FORBIDDEN] = {403, "permission_error"},
    [ERR_NOT_FOUND] = {404, "not_found_error"},
    [ERR_METHOD] = {405, "invalid_request_error"},
    [ERR_CONFLICT] = {409, "invalid_request_error"},
    [ERR_TOO_LARGE] = {413, "request_too_large"},
    [ERR_MEDIA_TYPE] = {415, "invalid_request_error"},
    [ERR_RATE_LIMIT] = {429, "rate_limit_error"},
    [ERR_INTERNAL] = {500, "api_error"},
    [ERR_UPSTREAM] = {502, "api_error"},
    [ERR_UNAVAILABLE] = {503, "api_error"},
    [ERR_TIMEOUT] = {504, "timeout_error"},
    [ERR_OVERLOADED] = {529, "overloaded_error"},
};
_Static_assert(sizeof(kinds) / sizeof(kinds[0]) == ERR_KINDS, "one row a kind");

int err_set(struct err *e, enum err_kind kind, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (!e)
		return -1;
	err_clear(e);
	e->kind = kind;
	va_start(ap, fmt);
	n = vsnprintf(e->message, sizeof(e->message), fmt, ap);
	va_end(ap);
	if (n >= (int)sizeof(e->message)) {
		/* What fitted may end inside a character. */
		struct str s = str_of(e->message);

		e->message[str_utf8_valid(s)] = '\0';
	}
	return -1;
}

void err_clear(struct err *e)
{
	e->kind = ERR_NONE;
	e->retry_after_ms = 0;
	e->no_retry = false;
	e->code[0] = '\0';
	e->message[0] = '\0';
}

int err_status(enum err_kind kind)
{
	assert(kind < ERR_KINDS);
	return kinds[kind].status;
}

const char *err_type(enum err_kind kind)
{
	assert(kind < ERR_KINDS);
	return kinds[kind].type;
}
